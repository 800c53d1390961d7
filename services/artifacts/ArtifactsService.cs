using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Schema.Indexing.Unique;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Blobs.S3;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Mlflow;
using Mesh.Artifacts.Models;
using Mesh.Artifacts.Models.Opening;
using Mesh.Artifacts.Previews;
using Mesh.Artifacts.Projects;
using Mesh.Artifacts.Receipts;
using Mesh.Artifacts.Storage;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Http;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts;

/// <summary>Content-addressed blobs, versioned artifacts and the model registry.</summary>
public sealed class ArtifactsService : ServiceModule<IArtifactsStore>
{
    public override string Name => "artifacts";

    public override IReadOnlyList<string> Schema =>
    [
        BlobLedger.Schema, FileTree.Schema, ModelStorage.Upgrade, ProfileStore.Schema, UploadTable.Schema, ProjectStorage.Schema, BlobScrub.Schema, DirectoryFiles.Schema, LoggedVersion.Schema,
    ];

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ArtifactsOptions>().BindConfiguration(ArtifactsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<IOptions<ArtifactsOptions>>().Value.S3 is { } s3
            ? new S3BlobStore(s3, provider.GetRequiredService<TimeProvider>())
            : new LocalBlobStore(Path.Combine(provider.GetRequiredService<MeshOptions>().DataPath, "blobs")));
        services.AddSingleton<ProjectStorage>();
        services.AddSingleton<BlobLedger>();
        services.AddSingleton<BlobCollector>();
        services.AddSingleton<BlobScrub>();
        services.AddSingleton(LoggedVersion.Roots);
        services.AddSingleton(RegisteredVersion.Roots);
        services.AddSingleton(FileTree.Roots);
        services.AddSingleton<BlobIntake>();
        services.AddSingleton<UploadTable>();
        services.AddSingleton<PartedUploads>();
        services.AddSingleton<FileTree>();
        services.AddSingleton<ArtifactLog>();
        services.AddSingleton<ModelReader>();
        services.AddSingleton<ModelOpener>();
        services.AddSingleton<ArtifactRemoval>();
        services.AddSingleton<ExpirySweep>();
        services.AddHostedService(provider => provider.GetRequiredService<ExpirySweep>());
        services.AddSingleton<NewKey>();
        services.AddSingleton<NormalForm>();
        services.AddSingleton<DirectoryFiles>();
        services.AddSingleton<ArchiveIntake>();
        services.AddSingleton<ArchiveSender>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<SourceFolder>();
        services.AddSingleton<RegistrySearch>();
        services.AddSingleton<RegisteredModelCalls>();
        services.AddSingleton<ModelVersionCalls>();
        services.AddDatasets();
        services.AddHostedService<BlobHousekeeping>();
        services.AddHostedService<BlobCollectionLoop>();
        services.AddHostedService<BlobScrubLoop>();
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
        store.Projections.Snapshot<Artifact>(SnapshotLifecycle.Inline);
        store.Projections.Add<LoggedVersions>(ProjectionLifecycle.Inline);
        store.Schema.For<Artifact>().DocumentAlias("artifact");
        store.Schema.For<LoggedVersion>().DocumentAlias("artifact_version").Index(row => new { row.Key, row.Version }).Index(row => row.RunId!);
        ModelStorage.Configure(store);
        // For search, newest first, and for the sweep.
        store.Schema.For<LoggedVersion>().Duplicate(row => row.At).Duplicate(row => row.ExpiresAt!)
            .Index(row => new { row.At, row.Id }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => new { row.Kind, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .Index(row => new { row.By, row.At }, index => index.TenancyScope = TenancyScope.PerTenant)
            .GinIndexJsonData();
        store.Schema.For<Annex>().DocumentAlias("annex");
        store.Schema.For<Receipt>().DocumentAlias("receipt");
    }

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").RefuseUnknownQuery();
        api.MapBlobs();
        api.MapUploads();
        api.MapDamage();
        api.MapStorage();
        api.MapArtifacts();
        api.MapTags();
        api.MapRemoval();
        api.MapVersionSearch();
        api.MapDirectories();
        api.MapPreviews();
        api.MapModels();
        api.MapModelVersions();
        api.MapDatasets();
        app.MapFiles();
        app.MapMlflowRegistry();
    }

    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapUsage();
        app.MapScrub();
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
        var data => ModelStorage.ToIntegrationEvent(data),
    };
}
