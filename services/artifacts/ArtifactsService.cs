using JasperFx.Events;
using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Datasets;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Lineage;
using Mesh.Artifacts.Lineage.Pushing;
using Mesh.Artifacts.Lineage.Rebuild;
using Mesh.Artifacts.Mlflow;
using Mesh.Artifacts.Models;
using Mesh.Artifacts.Previews;
using Mesh.Artifacts.Projects;
using Mesh.Artifacts.Receipts;
using Mesh.Artifacts.Sources;
using Mesh.Artifacts.Storage;
using Mesh.Artifacts.Uploads;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts;

/// <summary>Content-addressed blobs, versioned artifacts, data sets, the model registry and lineage.</summary>
public sealed class ArtifactsService : ServiceModule<IArtifactsStore>
{
    public override string Name => "artifacts";

    public override IReadOnlyList<string> Schema =>
    [
        BlobLedger.Schema, FileTree.Schema, ModelStorage.Upgrade, ProfileStore.Schema, UploadTable.Schema, ProjectStorage.Schema, BlobScrub.Schema,
        DirectoryFiles.Schema, LoggedVersion.Schema, LineageStore.Schema, ProjectStorage.Parts,
        ProfileQueue.Schema, RebuildStore.Schema, PushStore.Schema,
        UploadTable.Files, BlobStores.Schema, LineageStore.Functions,
    ];

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ArtifactsOptions>().BindConfiguration(ArtifactsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddBlobs();
        services.AddSources();
        services.AddArtifacts();
        services.AddDatasets();
        services.AddModels();
        services.AddLineage();
        services.AddHostedService<ReceiptCleaner>();
    }

    public override void ConfigureStore(StoreOptions store)
    {
        ArtifactStorage.Configure(store);
        ModelStorage.Configure(store);
        ProfileNews.Configure(store);
        RebuildMark.Configure(store);
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
        api.MapImport();
        api.MapVersionSearch();
        api.MapDirectories();
        api.MapPreviews();
        api.MapDatasets();
        api.MapModels();
        api.MapModelVersions();
        api.MapModelMetrics();
        api.MapLineage();
        api.MapOpenLineage();
        api.MapOpenLineageTarget();
        api.MapLineageRebuild();
        app.MapFiles();
        app.MapFileUploads();
        app.MapSignedFiles();
        app.MapMlflowRegistry();
    }

    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapUsage();
        app.MapScrub();
        app.MapInternalFiles();
    }

    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"])
        .Add<OnDatasetLogged>("on-dataset-logged", ["artifact.logged"], inbox: false, concerns: OnDatasetLogged.Concerns)
        .Add<OnLineageEvents>("on-lineage-events", EventLineage.Patterns, ordered: true, inbox: false, concurrency: 64)
        .Add<OnRunEvents>("on-run-events", OnRunEvents.Patterns, ordered: true, inbox: false);

    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) =>
        ArtifactStorage.ToIntegrationEvent(e.Data) ?? ModelStorage.ToIntegrationEvent(e.Data) ?? ProfileNews.ToIntegrationEvent(e.Data) ?? RebuildMark.ToIntegrationEvent(e.Data);
}
