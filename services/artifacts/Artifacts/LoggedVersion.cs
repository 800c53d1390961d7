using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using System.Text.Json;

namespace Mesh.Artifacts.Artifacts;

/// <summary>One version of an artifact, for reading.</summary>
/// <param name="Id"><c>{key}@{version}</c></param>
/// <param name="Metadata">Id of the annex that holds the metadata.</param>
public sealed record LoggedVersion(
    string Id, string Key, int Version, ArtifactKind Kind, string Digest, long Size, string ContentType, string? FileName, Guid? RunId,
    IReadOnlyDictionary<string, string> Labels, string? Metadata, string By, DateTimeOffset At)
{
    /// <summary>A version keeps its blob.</summary>
    internal static BlobRoots Roots { get; } = new("select tenant_id as project, data ->> 'digest' as digest from mt_doc_artifact_version");

    internal static string IdOf(string key, int version) => $"{key}@{version}";

    internal static LoggedVersion Of(ArtifactEvent.VersionLogged e) => new(
        IdOf(e.Key, e.Version), e.Key, e.Version, e.Kind, e.Digest, e.Size, e.ContentType, e.FileName, e.RunId, e.Labels, e.Metadata, e.By, e.At);

    /// <summary>As the API answers it. Lists leave the metadata out.</summary>
    internal ArtifactVersion ToVersion(Annex? metadata = null) => new(
        Key, Version, Kind, Digest, Size, ContentType, FileName, RunId, Labels, metadata?.Read<JsonElement>(), By, At);
}

/// <summary>Keeps a row per version of each artifact.</summary>
public sealed partial class LoggedVersions : EventProjection
{
    public void Project(IEvent<ArtifactEvent.VersionLogged> e, IDocumentOperations operations) => operations.Store(LoggedVersion.Of(e.Data));
}
