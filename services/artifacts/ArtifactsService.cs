using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Schema.Indexing.Unique;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Models;
using Mesh.Artifacts.Previews;
using Mesh.Artifacts.Projects;
using Mesh.Artifacts.Receipts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts;

/// <summary>Content-addressed blobs, versioned artifacts and the model registry.</summary>
public sealed class ArtifactsService : ServiceModule<IArtifactsStore>
{
    public override string Name => "artifacts";

    public override IReadOnlyList<string> Schema => [BlobLedger.Schema, FileTree.Schema, DirectoryFiles.Schema, LoggedVersion.Schema];

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ArtifactsOptions>().BindConfiguration(ArtifactsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IBlobStore>(provider => new LocalBlobStore(Path.Combine(provider.GetRequiredService<MeshOptions>().DataPath, "blobs")));
        services.AddSingleton<BlobLedger>();
        services.AddSingleton<BlobIntake>();
        services.AddSingleton<FileTree>();
        services.AddSingleton<ArtifactLog>();
        services.AddSingleton<ArtifactRemoval>();
        services.AddSingleton<ExpirySweep>();
        services.AddHostedService(provider => provider.GetRequiredService<ExpirySweep>());
        services.AddSingleton<NewKey>();
        services.AddSingleton<NormalForm>();
        services.AddSingleton<DirectoryFiles>();
        services.AddSingleton<ArchiveIntake>();
        services.AddSingleton<ArchiveSender>();
        services.AddSingleton(new BlobRoots(LoggedVersion.Roots));
        services.AddSingleton<ModelRegistry>();
        services.AddHostedService<BlobHousekeeping>();
        services.AddHostedService<ReceiptCleaner>();
    }

    public override void ConfigureStore(StoreOptions store)
    {
        store.Events.MapEventType<ArtifactEvent.VersionLogged>("artifact.version-logged");
        store.Events.MapEventType<ArtifactEvent.TagMoved>("artifact.tag-moved");
        store.Events.MapEventType<ArtifactEvent.TagDeleted>("artifact.tag-deleted");
        store.Events.MapEventType<ArtifactEvent.RetentionSet>("artifact.retention-set");
        store.Events.MapEventType<ArtifactEvent.VersionDeleted>("artifact.version-deleted");
        store.Events.MapEventType<ArtifactEvent.Deleted>("artifact.deleted");
        store.Events.MapEventType<ModelEvent.VersionRegistered>("model.version-registered");
        store.Events.MapEventType<ModelEvent.AliasMoved>("model.alias-moved");
        store.Events.MapEventType<ModelEvent.AliasDeleted>("model.alias-deleted");
        store.Events.MapEventType<ModelEvent.Promoted>("model.promoted");
        store.Projections.Snapshot<Artifact>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<Model>(SnapshotLifecycle.Inline);
        store.Projections.Add<LoggedVersions>(ProjectionLifecycle.Inline);
        store.Projections.Add<RegisteredVersions>(ProjectionLifecycle.Inline);
        store.Schema.For<Artifact>().DocumentAlias("artifact");
        store.Schema.For<Model>().DocumentAlias("model");
        store.Schema.For<LoggedVersion>().DocumentAlias("artifact_version").Index(row => new { row.Key, row.Version }).Index(row => row.RunId!);
        // For search, newest first, and for the sweep.
        store.Schema.For<LoggedVersion>().Duplicate(row => row.At).Duplicate(row => row.ExpiresAt!)
            .Index(row => new { row.At, row.Id }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => new { row.Kind, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => new { row.By, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .GinIndexJsonData();
        store.Schema.For<RegisteredVersion>().Index(row => new { row.Artifact, row.ArtifactVersion });
        store.Schema.For<RegisteredVersion>().DocumentAlias("model_version").Index(row => new { row.Model, row.Version });
        store.Schema.For<Annex>().DocumentAlias("annex");
        store.Schema.For<Receipt>().DocumentAlias("receipt");
    }

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").RefuseUnknownQuery();
        api.MapBlobs();
        api.MapArtifacts();
        api.MapTags();
        api.MapRemoval();
        api.MapVersionSearch();
        api.MapDirectories();
        api.MapPreviews();
        api.MapModels();
        app.MapFiles();
    }

    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapUsage();
        app.MapInternalFiles();
    }

    public override void Subscribe(ConsumerRegistry consumers) => consumers.Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"]);

    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        ArtifactEvent.VersionLogged d => new ArtifactLogged(d.Key, d.Version, d.Kind, d.Digest, d.Size, d.RunId),
        ArtifactEvent.TagMoved d => new ArtifactTagMoved(d.Key, d.Tag, d.Version, d.Previous),
        ArtifactEvent.TagDeleted d => new ArtifactTagDeleted(d.Key, d.Tag, d.Previous),
        ArtifactEvent.VersionDeleted d => new ArtifactVersionDeleted(d.Key, d.Version),
        ArtifactEvent.Deleted d => new ArtifactDeleted(d.Key),
        ModelEvent.VersionRegistered d => new ModelVersionRegistered(d.Model, d.Version, d.Framework, d.Digest, d.RunId),
        ModelEvent.AliasMoved d => new ModelAliasMoved(d.Model, d.Alias, d.Version, d.Previous),
        ModelEvent.AliasDeleted d => new ModelAliasMoved(d.Model, d.Alias, 0, d.Previous),
        ModelEvent.Promoted d => new ModelPromoted(d.Model, d.Version, d.Alias, d.Previous, d.Reason),
        _ => null,
    };
}
