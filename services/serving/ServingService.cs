using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Serving;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Serving.Capture;
using Mesh.Serving.Endpoints;
using Mesh.Serving.Loading;
using Mesh.Serving.Protocol;
using Mesh.Serving.Traffic;
using Microsoft.Extensions.Options;

namespace Mesh.Serving;

/// <summary>The store of the serving service.</summary>
public interface IServingStore : IDocumentStore;

/// <summary>Serves registered models: endpoints that follow a model's alias, the Open Inference Protocol, capture of predictions.</summary>
public sealed class ServingService : ServiceModule<IServingStore>
{
    public override string Name => "serving";

    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ServingOptions>().BindConfiguration(ServingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ServingOptions>>().Value);
        services.AddSingleton<EndpointTable>();
        services.AddSingleton<ModelSource>();
        services.AddSingleton<EndpointLoader>();
        services.AddHostedService(provider => provider.GetRequiredService<EndpointLoader>());
        services.AddSingleton<EndpointDirectory>();
        services.AddSingleton<PredictionCapture>();
        services.AddHostedService<PredictionSender>();
        services.AddHostedService<TrafficSender>();
        services.AddSingleton<InferHandler>();
        services.AddHealthChecks().AddCheck<EndpointsCheck>("endpoints", tags: ["ready"]);
    }

    public override void ConfigureStore(StoreOptions store)
    {
        store.Events.MapEventType<EndpointEvent.Deployed>("endpoint.deployed");
        store.Events.MapEventType<EndpointEvent.VersionServed>("endpoint.version-served");
        store.Events.MapEventType<EndpointEvent.LoadFailed>("endpoint.load-failed");
        store.Events.MapEventType<EndpointEvent.Deleted>("endpoint.deleted");
        store.Projections.Snapshot<ModelEndpoint>(SnapshotLifecycle.Inline);
        store.Schema.For<ModelEndpoint>().DocumentAlias("endpoint");
    }

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        app.MapModelEndpoints();
        app.MapInferenceProtocol();
    }

    public override void MapInternal(IEndpointRouteBuilder app) => app.MapUsage();

    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"])
        .Add<OnModelOrEndpointChanged>(
            "on-model-or-endpoint-changed",
            ["model.alias-moved", "model.version-registered", "endpoint.deployed", "endpoint.deleted", "project.deleted"], everyReplica: true);

    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        EndpointEvent.Deployed d => new EndpointDeployed(d.Endpoint, d.Model, d.Alias, d.CapturePredictions),
        EndpointEvent.VersionServed d => new EndpointVersionServed(d.Endpoint, d.Model, d.Version, d.Previous),
        EndpointEvent.LoadFailed d => new EndpointLoadFailed(d.Endpoint, d.Model, d.Version, d.Cause),
        EndpointEvent.Deleted d => new EndpointDeleted(d.Endpoint),
        _ => null,
    };
}
