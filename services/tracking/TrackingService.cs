using JasperFx.Events;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Http;
using Mesh.Tracking.Compare;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Experiments.Live;
using Mesh.Tracking.Inputs;
using Mesh.Tracking.LoggedModels;
using Mesh.Tracking.Logs;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Metrics.Charts;
using Mesh.Tracking.Metrics.Live;
using Mesh.Tracking.Mlflow;
using Mesh.Tracking.Projects;
using Mesh.Tracking.Retention;
using Mesh.Tracking.Runs;
using Mesh.Tracking.Search;
using Mesh.Tracking.Traces;
using Mesh.Tracking.Traces.Assessments;
using Mesh.Tracking.Traces.Spans;

namespace Mesh.Tracking;

/// <summary>The store of the tracking service.</summary>
public interface ITrackingStore : IDocumentStore;

/// <summary>Runs with their params, tags, metrics and logs.</summary>
public sealed class TrackingService : ServiceModule<ITrackingStore>
{
    /// <inheritdoc />
    public override string Name => "tracking";

    /// <inheritdoc />
    public override IReadOnlyList<string> Schema => [MetricSchema.V1, LogSchema.V1, MetricSchema.V2, ExperimentStorage.Numbers, InputSchema.V1, SearchSchema.V1, MetricSchema.V3, TraceSchema.V1, SearchSchema.V2, RunChangeSchema.V1, ModelMetrics.Schema, AssessmentStore.Schema];

    /// <inheritdoc />
    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TrackingOptions>().Bind(configuration.GetSection(TrackingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ExperimentDirectory>();
        services.AddSingleton<ExperimentList>();
        services.AddSingleton<TableReader>();
        services.AddSingleton<TableFeed>();
        services.AddHostedService<PurgedRowCleaner>();
        services.AddSingleton<RunReader>();
        services.AddSingleton<RunListSearch>();
        services.AddSingleton<MetricReader>();
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<ChartReader>();
        services.AddSingleton<MetricSignal>();
        services.AddSingleton<NewPointReader>();
        services.AddSingleton<MetricWriter>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricWriter>());
        services.AddHostedService<BatchIdCleaner>();
        services.AddSingleton<MetricHistory>();
        services.AddSingleton<RunInputs>();
        services.AddSingleton<RunSearch>();
        services.AddSingleton<ExperimentSearch>();
        services.AddSingleton<LoggedModelSearch>();
        services.AddSingleton<ModelMetrics>();
        services.AddSingleton<TraceSearch>();
        services.AddSingleton<TraceStore>();
        services.AddSingleton<SpanStore>();
        services.AddSingleton<AssessmentStore>();
        services.AddSingleton<MlflowAssessmentCalls>();
        services.AddSingleton<MlflowWriter>();
        services.AddSingleton<MlflowModelCalls>();
        services.AddSingleton<MlflowArtifactCalls>();
        services.AddSingleton<MlflowRunPages>();
        services.AddSingleton<MlflowTraceCalls>();
        services.AddSingleton<MlflowEarlierTraceCalls>();
        services.AddSingleton<MlflowSpanCalls>();
        services.AddCompare();
        services.AddSingleton<LogStore>();
        services.AddSingleton<LogSearch>();
        services.AddSingleton<LogSignal>();
        services.AddSingleton<ProjectData>();
        services.AddSingleton<RunPurge>();
        services.AddSingleton<RunRemains>();
        services.AddSingleton<RetentionLoop>();
        services.AddHostedService(provider => provider.GetRequiredService<RetentionLoop>());
    }

    /// <inheritdoc />
    public override void ConfigureStore(StoreOptions store)
    {
        ExperimentStorage.Configure(store);
        RunStorage.Configure(store);
        LoggedModelStorage.Configure(store);
        store.Schema.For<RetentionPolicy>().DocumentAlias("retention_policy");
    }

    /// <inheritdoc />
    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").RefuseUnknownQuery();
        api.MapRuns();
        api.MapExperiments();
        api.MapMetrics();
        api.MapCharts();
        api.MapLogs();
        api.MapCompare();
        api.MapRetention();
        app.MapMlflow();
    }

    /// <inheritdoc />
    public override void MapInternal(IEndpointRouteBuilder app) => app.MapUsage();

    /// <inheritdoc />
    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnJobEvents>("on-job-events", ["job.submitted", "job.attempt-failed", "job.succeeded", "job.failed", "job.aborted"], ordered: true, inbox: false, concurrency: 64, bySubject: true)
        .Add<OnParentEnded>("on-parent-ended", ["run.failed", "run.aborted", "job.attempt-failed"])
        .Add<OnArtifactLogged>("on-artifact-logged", ["artifact.logged"], concerns: OnArtifactLogged.Concerns)
        .Add<OnExperimentEvents>("on-experiment-events", ["experiment.deleted", "experiment.restored"], ordered: true)
        .Add<OnRunPurged>("on-run-purged", ["run.purged"])
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted"]);

    /// <inheritdoc />
    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => RunIntegration.ToIntegrationEvent(e) ?? ExperimentIntegration.ToIntegrationEvent(e);
}
