using Mesh.Contracts.Events;

namespace Mesh.Contracts.Tracking;

/// <summary>A run was created.</summary>
/// <param name="Params">The params that it was created with: the first 100 by name, each cut after 500 characters.</param>
/// <param name="Commit">The commit of its code, where the client said so.</param>
[EventType("run.created")]
public sealed record RunCreated(
    Guid RunId, string Name, string Experiment, string? Kind = null, Guid? Parent = null, IReadOnlyDictionary<string, string>? Params = null,
    string? Commit = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>More is known of a run: params, where its code is from, what it read. Only what is new.</summary>
/// <param name="EntryPoint">The file or function that was run.</param>
[EventType("run.described")]
public sealed record RunDescribed(
    Guid RunId, IReadOnlyDictionary<string, string>? Params = null, string? Commit = null, string? EntryPoint = null,
    IReadOnlyList<RunInputRef>? Inputs = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>Something that a run read.</summary>
/// <param name="Name">What the run calls it.</param>
/// <param name="Digest">Tells versions of one name apart.</param>
/// <param name="Context">What for, such as <c>training</c>.</param>
/// <param name="Address">Its <c>mesh://</c> address, or <c>dataset:key@version</c> within the project; absent for what is elsewhere.</param>
public sealed record RunInputRef(string Name, string? Digest = null, string? Context = null, string? Address = null);

/// <summary>A worker started a run, or took it over with a higher attempt.</summary>
[EventType("run.started")]
public sealed record RunStarted(Guid RunId, int Attempt, string? Worker = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A run ended well.</summary>
[EventType("run.completed")]
public sealed record RunCompleted(Guid RunId, string Name, string Experiment, Guid? Parent = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A run ended badly.</summary>
[EventType("run.failed")]
public sealed record RunFailed(Guid RunId, string Name, string Experiment, string Cause, Guid? Parent = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>Somebody asked for an abort.</summary>
[EventType("run.abort-requested")]
public sealed record RunAbortRequested(Guid RunId, string? Reason = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A run ended by abort.</summary>
[EventType("run.aborted")]
public sealed record RunAborted(Guid RunId, string Name, string Experiment, string? Reason = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A run was deleted.</summary>
[EventType("run.deleted")]
public sealed record RunDeleted(Guid RunId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A run that was deleted came back.</summary>
[EventType("run.restored")]
public sealed record RunRestored(Guid RunId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>A deleted run is gone for good, with all that was kept of it.</summary>
[EventType("run.purged")]
public sealed record RunPurged(Guid RunId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>Work on a run went on after its end.</summary>
[EventType("run.resumed")]
public sealed record RunResumed(Guid RunId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => RunId.ToString();
}

/// <summary>An experiment was created.</summary>
[EventType("experiment.created")]
public sealed record ExperimentCreated(long ExperimentId, string Name) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => $"experiment-{ExperimentId}";
}

/// <summary>An experiment got another name.</summary>
[EventType("experiment.renamed")]
public sealed record ExperimentRenamed(long ExperimentId, string Name) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => $"experiment-{ExperimentId}";
}

/// <summary>An experiment was taken out of sight; its runs follow.</summary>
[EventType("experiment.deleted")]
public sealed record ExperimentDeleted(long ExperimentId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => $"experiment-{ExperimentId}";
}

/// <summary>A deleted experiment came back; its runs follow.</summary>
[EventType("experiment.restored")]
public sealed record ExperimentRestored(long ExperimentId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => $"experiment-{ExperimentId}";
}
