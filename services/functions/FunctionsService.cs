using JasperFx.Events;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Code;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Hubs;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Kubernetes.Spark;
using Mesh.Functions.Kubernetes.Trainer;
using Mesh.Functions.Profiles;
using Mesh.Functions.Projects;
using Mesh.Functions.Queue;
using Mesh.Functions.Schedules;
using Mesh.Functions.Usage;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Microsoft.Extensions.Options;

namespace Mesh.Functions;

/// <summary>The store of the functions service.</summary>
public interface IFunctionsStore : IDocumentStore;

/// <summary>Functions, and the jobs that run them: a durable queue with leases, and the worker that executes.</summary>
public sealed class FunctionsService : ServiceModule<IFunctionsStore>
{
    /// <inheritdoc />
    public override string Name => "functions";

    /// <inheritdoc />
    public override IReadOnlyList<string> Schema => [QueueSchema.V1, QueueSchema.V2, QueueSchema.V3, Installation.Schema, QueueSchema.V4, QueueSchema.V5];

    /// <inheritdoc />
    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<FunctionsOptions>, FunctionsOptionsValidator>();
        services.AddSingleton<IValidateOptions<FunctionsOptions>, JobUserCheck>();
        services.AddSingleton<IValidateOptions<FunctionsOptions>, ControlGroupCheck>();
        services.AddSingleton<IValidateOptions<FunctionsOptions>, ProfileCheck>();
        services.AddOptions<FunctionsOptions>().Bind(configuration.GetSection(FunctionsOptions.Section)).ValidateOnStart();
        services.AddSingleton<ProfileRegistry>();
        services.AddSingleton<FunctionReader>();
        services.AddSingleton<FunctionComparison>();
        services.AddSingleton<HubCatalogue>();
        services.AddSingleton<HubSources>();
        services.AddSingleton<HubRefreshes>();
        services.AddSingleton<HubShelf>();
        services.AddSingleton<HubComparison>();
        services.AddSingleton<HubPublisher>();
        services.AddSingleton<JobSubmission>();
        services.AddSingleton<JobWriter>();
        services.AddSingleton<QueueSignal>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<KeptRoom>();
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<OutputShipper>();
        services.AddSingleton<RunGate>();
        services.AddSingleton<SecretSource>();
        services.AddSingleton<UsageSampler>();
        services.AddSingleton<AttemptVerdict>();
        services.AddSingleton<AttemptEnvironment>();
        services.AddSingleton<AttemptRunner>();
        services.AddSingleton(ControlGroupCheck.Open);
        services.AddSingleton<ProcessExecutor>();
        services.AddSingleton<IExecutor, DistributedExecutor>();
        services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<ProcessExecutor>());
        services.AddSingleton<KubernetesExecutor>();
        services.AddSingleton<ICustomKind, TrainingKind>();
        services.AddSingleton<ICustomKind, TrainJobKind>();
        services.AddSingleton<ICustomKind, SparkKind>();
        foreach (var kind in (Type[])[typeof(TrainingKind), typeof(TrainJobKind), typeof(SparkKind)])
            services.AddSingleton<IExecutor>(provider => ActivatorUtilities.CreateInstance<CustomExecutor>(provider, provider.GetServices<ICustomKind>().First(kind.IsInstanceOfType)));
        services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<KubernetesExecutor>());
        services.AddSingleton<Installation>();
        services.AddSingleton<KeptPods>();
        services.AddSingleton<Clusters>();
        services.AddHostedService<ClusterSweep>();
        services.AddStages();
        services.AddHostedService<QueueListener>();
        services.AddSingleton<WorkerCapacity>();
        services.AddSingleton<WorkerSlots>();
        services.AddSingleton<WorkerPace>();
        services.AddSingleton<Schedulability>();
        services.AddHostedService<LeaseWatch>();
        services.AddHostedService<QueueWatch>();
        services.AddSingleton<ScheduleRunner>();
        services.AddHostedService<ScheduleWatch>();
        services.AddHostedService<ProjectPurge>();
        services.AddHostedService<Leftovers>();
        services.AddSingleton<Worker>();
        services.AddHostedService(provider => provider.GetRequiredService<Worker>());
    }

    /// <inheritdoc />
    public override void ConfigureStore(StoreOptions store)
    {
        FunctionStorage.Configure(store);
        JobStorage.Configure(store);
        JobLimitEndpoints.Configure(store);
        ScheduleStorage.Configure(store);
        HubStorage.Configure(store);
    }

    /// <inheritdoc />
    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        app.MapFunctions();
        app.MapFunctionTags();
        app.MapJobs();
        app.MapJobLimits();
        app.MapSchedules();
        app.MapHub();
        app.MapTeamHubs();
        app.MapTeamItems();
        app.MapHubImports();
        app.MapProfiles();
    }

    /// <inheritdoc />
    public override void MapInternal(IEndpointRouteBuilder app) => app.MapUsage();

    /// <inheritdoc />
    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnRunAbortRequested>("on-run-abort-requested", ["run.abort-requested"])
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"]);

    /// <inheritdoc />
    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) =>
        e.Data switch
        {
            FunctionEvent function => FunctionIntegration.ToIntegrationEvent(function),
            ScheduleEvent schedule => ScheduleIntegration.ToIntegrationEvent(e.StreamKey!, schedule),
            JobEvent job => JobIntegration.ToIntegrationEvent(Guid.Parse(e.StreamKey!), job),
            _ => null,
        };
}
