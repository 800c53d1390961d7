using JasperFx.Events.Projections;
using Marten;
using Marten.Schema.Indexing.Unique;
using Weasel.Postgresql.Tables;
using Mesh.Artifacts.Directories;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;

namespace Mesh.Artifacts.Artifacts;

/// <summary>How artifacts are kept: a stream each, a snapshot of it and a row per version in the same transaction, which lists and searches read.</summary>
internal static class ArtifactStorage
{
    public static void AddArtifacts(this IServiceCollection services)
    {
        services.AddSingleton(LoggedVersion.Roots);
        services.AddSingleton<ArtifactLog>();
        services.AddSingleton<ArtifactRemoval>();
        services.AddSingleton<ExpirySweep>();
        services.AddHostedService(provider => provider.GetRequiredService<ExpirySweep>());
        services.AddSingleton<NewKey>();
        services.AddSingleton<NormalForm>();
        services.AddSingleton<DirectoryFiles>();
        services.AddSingleton<ArchiveIntake>();
        services.AddSingleton<ArchiveSender>();
    }

    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<ArtifactEvent.VersionLogged>("artifact.version-logged");
        store.Events.MapEventType<ArtifactEvent.SourceImported>("artifact.source-imported");
        store.Events.MapEventType<ArtifactEvent.TagMoved>("artifact.tag-moved");
        store.Events.MapEventType<ArtifactEvent.TagDeleted>("artifact.tag-deleted");
        store.Events.MapEventType<ArtifactEvent.RetentionSet>("artifact.retention-set");
        store.Events.MapEventType<ArtifactEvent.VersionDeleted>("artifact.version-deleted");
        store.Events.MapEventType<ArtifactEvent.Deleted>("artifact.deleted");
        store.Projections.Snapshot<Artifact>(SnapshotLifecycle.Inline);
        store.Projections.Add<LoggedVersions>(ProjectionLifecycle.Inline);
        store.Schema.For<Artifact>().DocumentAlias("artifact");
        store.Schema.For<LoggedVersion>().DocumentAlias("artifact_version").Index(row => new { row.Key, row.Version }).Index(row => row.RunId!, index => index.Predicate = "data ->> 'runId' is not null")
            // For search, newest first, and for the sweep. What most versions do not have is not in an index.
            .Duplicate(row => row.At, configure: index => index.TenancyScope = TenancyScope.PerTenant)
            .Duplicate(row => row.ExpiresAt!, configure: index => index.Predicate = "expires_at is not null")
            .Index(row => new { row.Kind, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => new { row.By, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => row.Labels, index => (index.Method, index.Mask, index.Predicate) = (IndexMethod.gin, "? jsonb_path_ops", "data -> 'labels' <> '{}'"));
    }

    /// <summary>What of artifacts is told to others; null for what is not of them.</summary>
    public static IIntegrationEvent? ToIntegrationEvent(object data) => data switch
    {
        ArtifactEvent.VersionLogged d => new ArtifactLogged(d.Key, d.Version, d.Kind, d.Digest, d.Size, d.RunId),
        ArtifactEvent.TagMoved d => new ArtifactTagMoved(d.Key, d.Tag, d.Version, d.Previous),
        ArtifactEvent.TagDeleted d => new ArtifactTagDeleted(d.Key, d.Tag, d.Previous),
        ArtifactEvent.VersionDeleted d => new ArtifactVersionDeleted(d.Key, d.Version),
        ArtifactEvent.Deleted d => new ArtifactDeleted(d.Key),
        _ => null,
    };
}
