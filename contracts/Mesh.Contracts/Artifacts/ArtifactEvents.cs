using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>An artifact got a new version.</summary>
[EventType("artifact.logged")]
public sealed record ArtifactLogged(string Key, int Version, ArtifactKind Kind, string Digest, long Size, Guid? RunId = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>A tag of an artifact points to another version now; 0 where there was none.</summary>
[EventType("artifact.tag-moved")]
public sealed record ArtifactTagMoved(string Key, string Tag, int Version, int Previous = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>A tag of an artifact is gone.</summary>
[EventType("artifact.tag-deleted")]
public sealed record ArtifactTagDeleted(string Key, string Tag, int Previous) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>A version of an artifact was deleted.</summary>
[EventType("artifact.version-deleted")]
public sealed record ArtifactVersionDeleted(string Key, int Version) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>All versions of an artifact were deleted, and its tags.</summary>
[EventType("artifact.deleted")]
public sealed record ArtifactDeleted(string Key) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>A version of a data set was read for its profile.</summary>
/// <param name="Rows">Rows in it; null where it cannot be read.</param>
/// <param name="Columns">Columns in it; null where it cannot be read.</param>
/// <param name="Fault">The code of why it cannot be read.</param>
[EventType("dataset.profiled")]
public sealed record DatasetProfiled(string Key, int Version, long? Rows = null, int? Columns = null, string? Fault = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}
