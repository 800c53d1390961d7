using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>An artifact got a new version.</summary>
[EventType("artifact.logged")]
public sealed record ArtifactLogged(string Key, int Version, ArtifactKind Kind, string Digest, long Size, Guid? RunId = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}

/// <summary>A model got a new version, made from a version of an artifact.</summary>
[EventType("model.version-registered")]
public sealed record ModelVersionRegistered(
    string Model, int Version, string Framework, string Digest, Guid? RunId = null, string? Artifact = null, int ArtifactVersion = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>An alias of a model points to another version now; 0 where there was or is none.</summary>
[EventType("model.alias-moved")]
public sealed record ModelAliasMoved(string Model, string Alias, int Version, int Previous = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A version of a model was promoted. Always follows the move of the alias.</summary>
[EventType("model.promoted")]
public sealed record ModelPromoted(string Model, int Version, string Alias, int Previous = 0, string? Reason = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}
