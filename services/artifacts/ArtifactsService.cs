using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Lineage;
using Mesh.Artifacts.Models;
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

    public override IReadOnlyList<string> Schema => [BlobLedger.Schema, FileTree.Schema, LineageStore.Schema];

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ArtifactsOptions>().BindConfiguration(ArtifactsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IBlobStore>(provider => new LocalBlobStore(Path.Combine(provider.GetRequiredService<MeshOptions>().DataPath, "blobs")));
        services.AddSingleton<BlobLedger>();
        services.AddSingleton<BlobIntake>();
        services.AddSingleton<FileTree>();
        services.AddSingleton<ArtifactLog>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<LineageStore>();
        services.AddSingleton<LineageWriter>();
        services.AddSingleton<LineageReader>();
        services.AddHostedService<BlobHousekeeping>();
        services.AddHostedService<ReceiptCleaner>();
    }

    public override void ConfigureStore(StoreOptions store)
    {
        store.Events.MapEventType<ArtifactEvent.VersionLogged>("artifact.version-logged");
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
        store.Schema.For<RegisteredVersion>().DocumentAlias("model_version").Index(row => new { row.Model, row.Version });
        store.Schema.For<Annex>().DocumentAlias("annex");
        store.Schema.For<Receipt>().DocumentAlias("receipt");
    }

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").RefuseUnknownQuery();
        api.MapBlobs();
        api.MapArtifacts();
        api.MapModels();
        api.MapLineage();
        api.MapOpenLineage();
        app.MapFiles();
    }

    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapUsage();
        app.MapInternalFiles();
    }

    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"])
        .Add<OnLineageEvents>("on-lineage-events", EventLineage.Patterns, ordered: true, inbox: false, concurrency: 64);

    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        ArtifactEvent.VersionLogged d => new ArtifactLogged(d.Key, d.Version, d.Kind, d.Digest, d.Size, d.RunId),
        ModelEvent.VersionRegistered d => new ModelVersionRegistered(d.Model, d.Version, d.Framework, d.Digest, d.RunId, d.Artifact, d.ArtifactVersion),
        ModelEvent.AliasMoved d => new ModelAliasMoved(d.Model, d.Alias, d.Version, d.Previous),
        ModelEvent.AliasDeleted d => new ModelAliasMoved(d.Model, d.Alias, 0, d.Previous),
        ModelEvent.Promoted d => new ModelPromoted(d.Model, d.Version, d.Alias, d.Previous, d.Reason),
        _ => null,
    };
}
