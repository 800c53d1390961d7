using Marten;

namespace Mesh.Artifacts;

/// <summary>The store of the artifacts service.</summary>
public interface IArtifactsStore : IDocumentStore;
