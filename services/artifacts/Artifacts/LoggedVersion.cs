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
    IReadOnlyDictionary<string, string> Labels, string? Metadata, string By, DateTimeOffset At, DateTimeOffset? ExpiresAt = null, ArtifactSource? Source = null)
{
    // Files of directories are kept alive by the versions that have them: rows of a manifest that no version names are nothing.
    private const string Live = "select tenant_id as project, data ->> 'digest' as digest, data ->> 'kind' as kind from mt_doc_artifact_version union all select project, digest, kind from pinned_version";

    /// <summary>The blobs that versions are made of.</summary>
    internal static BlobRoots Roots { get; } = new(
        $"""
        select project, digest from ({Live}) live
        union all
        select f.project, f.digest from directory_file f where exists (select from ({Live}) live where live.project = f.project and live.digest = f.manifest and live.kind = 'Directory')
        """);

    /// <summary>What versions were deleted without their bytes: those stay.</summary>
    internal const string Schema =
        """
        create table pinned_version (
            project    text not null,
            key        text not null,
            version    integer not null,
            kind       text not null,
            digest     text not null,
            deleted_at timestamptz not null default now(),
            primary key (project, key, version)
        );
        """;

    internal static string IdOf(string key, int version) => $"{key}@{version}";

    internal static LoggedVersion Of(ArtifactEvent.VersionLogged e) => new(
        IdOf(e.Key, e.Version), e.Key, e.Version, e.Kind, e.Digest, e.Size, e.ContentType, e.FileName, e.RunId, e.Labels, e.Metadata, e.By, e.At, e.ExpiresAt, e.Source);

    internal ArtifactEvent.VersionLogged ToLogged() => new(Key, Version, Kind, Digest, Size, ContentType, FileName, RunId, Labels, Metadata, By, At, ExpiresAt, Source);

    /// <summary>As the API answers it. Lists leave the metadata out.</summary>
    internal ArtifactVersion ToVersion(Annex? metadata = null) => new(
        Key, Version, Kind, Digest, Size, ContentType, FileName, RunId, Labels, metadata?.Read<JsonElement>(), By, At, ExpiresAt, Source);
}

/// <summary>Keeps a row per version of each artifact.</summary>
public sealed partial class LoggedVersions : EventProjection
{
    public void Project(IEvent<ArtifactEvent.VersionLogged> e, IDocumentOperations operations) => operations.Store(LoggedVersion.Of(e.Data));

    public async Task Project(IEvent<ArtifactEvent.RetentionSet> e, IDocumentOperations operations, CancellationToken ct)
    {
        if (await operations.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(e.Data.Key, e.Data.Version), ct) is { } row) operations.Store(row with { ExpiresAt = e.Data.ExpiresAt });
    }

    public async Task Project(IEvent<ArtifactEvent.SourceImported> e, IDocumentOperations operations, CancellationToken ct)
    {
        if (await operations.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(e.Data.Key, e.Data.Version), ct) is { Source: { } source } row)
            operations.Store(row with { Digest = e.Data.Digest, Source = source with { IsChecked = true, ImportedAt = e.Data.At } });
    }

    public void Project(IEvent<ArtifactEvent.VersionDeleted> e, IDocumentOperations operations) =>
        Remove(operations, e.TenantId, e.Data.Strategy, "id = ?", LoggedVersion.IdOf(e.Data.Key, e.Data.Version));

    public void Project(IEvent<ArtifactEvent.Deleted> e, IDocumentOperations operations) => Remove(operations, e.TenantId, e.Data.Strategy, "data ->> 'key' = ?", e.Data.Key);

    // In one statement, so that no collection of garbage sees the bytes without a row that keeps them.
    private static void Remove(IDocumentOperations operations, string project, DeletionStrategy strategy, string which, string value)
    {
        var delete = $"delete from mt_doc_artifact_version where tenant_id = ? and {which}";
        if (strategy is DeletionStrategy.WithData) operations.QueueSqlCommand(delete, project, value);
        else
        {
            operations.QueueSqlCommand(
                $"""
                with gone as ({delete} returning tenant_id, data)
                insert into pinned_version (project, key, version, kind, digest)
                select tenant_id, data ->> 'key', (data ->> 'version')::int, data ->> 'kind', data ->> 'digest' from gone on conflict do nothing
                """, project, value);
        }
    }
}
