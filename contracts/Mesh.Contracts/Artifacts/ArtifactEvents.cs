using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>An artifact got a new version.</summary>
[EventType("artifact.logged")]
public sealed record ArtifactLogged(string Key, int Version, ArtifactKind Kind, string Digest, long Size, Guid? RunId = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Key;
}
