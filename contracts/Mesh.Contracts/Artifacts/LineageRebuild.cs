using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>Where a rebuild of the lineage is.</summary>
public enum LineageRebuildState
{
    /// <summary>The service is new, and will look whether the mesh has a journal from before it.</summary>
    Due,

    /// <summary>It goes through the journal.</summary>
    Running,

    /// <summary>What it made is the lineage.</summary>
    Finished,

    /// <summary>It was given up; the lineage stayed what it was.</summary>
    Cancelled,
}

/// <summary>The lineage of all projects, made again from the journal of events.</summary>
/// <param name="Position">Up to where in the journal it is.</param>
/// <param name="Reached">The time of the event that it read last.</param>
/// <param name="Events">How many it read.</param>
/// <param name="Skipped">How many it could not read, beside those.</param>
/// <param name="Problem">What stands in its way: it goes on by itself.</param>
public sealed record LineageRebuild(
    Guid Id, LineageRebuildState State, string StartedBy, DateTimeOffset StartedAt, long Position, DateTimeOffset? Reached, long Events, long Skipped,
    DateTimeOffset? FinishedAt, string? Problem);

/// <summary>The lineage of all projects began to be made again. In the journal it stands behind everything that the lineage had learned by then.</summary>
[EventType("lineage.rebuild-started")]
public sealed record LineageRebuildStarted(Guid Rebuild) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Rebuild.ToString();
}
