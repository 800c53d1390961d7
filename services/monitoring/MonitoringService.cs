using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting;
using Mesh.Hosting.Bus;
using Mesh.Monitoring.Alerts;
using Mesh.Monitoring.Journal;
using Mesh.Monitoring.Live;
using Mesh.Monitoring.Monitors;
using Mesh.Monitoring.Predictions;
using Mesh.Monitoring.Purge;
using Mesh.Monitoring.Requests;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring;

/// <summary>Monitoring: captured predictions, drift against the training data, alert rules, the journal of everything that happened, and webhooks.</summary>
public sealed class MonitoringService : ServiceModule<IMonitoringStore>
{
    /// <summary>The service's name.</summary>
    public const string ServiceName = "monitoring";

    /// <inheritdoc/>
    public override string Name => ServiceName;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Schema => [PredictionSchema.Script, JournalSchema.Script, PurgeSchema.Script, PredictionSchema.WithoutKey, PredictionSchema.Segments, TrafficSchema.Script, WebhookSchema.Script];

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MonitoringOptions>().BindConfiguration(MonitoringOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<PredictionPartitions>().AddSingleton<PredictionStore>().AddSingleton<PredictionQuery>();
        services.AddSingleton<TrafficLog>().AddSingleton<TrafficSignal>().AddSingleton<TrafficStore>();
        services.AddSingleton<TrainingReferences>().AddSingleton<WindowEvaluator>().AddSingleton<Distributions>();
        services.AddSingleton<JournalStore>().AddSingleton<JournalTail>().AddSingleton<JournalFeed>().AddSingleton<JournalWriter>();
        services.AddSingleton<ChangeSignal>();
        services.AddSingleton<RuleBook>().AddSingleton<ProjectPurge>();
        services.AddHostedService<PredictionRetention>();
        services.AddHostedService<EvaluationLoop>();
        services.AddHostedService<JournalListener>();
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<WebhookSecrets>().AddSingleton<WebhookSender>().AddSingleton<DeliveryStore>().AddSingleton<DeliveryList>().AddSingleton<Deliverer>();
        services.AddHostedService<DeliveryLoop>();
        services.AddHostedService<DeliveryRetention>();
    }

    /// <inheritdoc/>
    public override void ConfigureStore(StoreOptions store)
    {
        MonitorEventNames.Register(store);
        AlertEventNames.Register(store);
        WebhookEventNames.Register(store);
        store.Projections.Snapshot<EndpointMonitor>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<AlertRule>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<Webhook>(SnapshotLifecycle.Inline);
    }

    /// <inheritdoc/>
    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        app.MapMonitors();
        app.MapDistributions();
        app.MapTraffic();
        app.MapPredictions();
        app.MapAlerts();
        app.MapEvents();
        app.MapWebhooks();
    }

    /// <inheritdoc/>
    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapCapture();
        app.MapTrafficReports();
        app.MapUsage();
    }

    /// <inheritdoc/>
    public override void Subscribe(ConsumerRegistry consumers) => consumers
        .Add<OnEveryEvent>("journal", ["#"], ordered: true, inbox: false, concurrency: 64)
        .Add<OnEndpointChanged>("on-endpoint-changed", ["endpoint.*"], ordered: true)
        .Add<OnMatchingEvent>("on-matching-event", OnMatchingEvent.Patterns, inbox: false)
        .Add<OnProjectDeleted>("on-project-deleted", ["project.deleted", "project.created"], ordered: true)
        .Add<OnProjectGone>("on-project-gone", ["project.deleted"], everyReplica: true);

    /// <inheritdoc/>
    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        MonitorEvent.DriftDetected x => new Contracts.Monitoring.DriftDetected(
            x.Endpoint, x.Model, x.ModelVersion, x.Features, x.WindowFrom, x.WindowTo, x.Rows),
        MonitorEvent.DriftCleared x => new Contracts.Monitoring.DriftCleared(x.Endpoint, x.Model, x.ModelVersion),
        WebhookEvent.Paused { Cause: { } cause } x => new Contracts.Monitoring.WebhookPaused(x.Webhook, cause),
        AlertEvent.Activated x => new Contracts.Monitoring.AlertActivated(x.Rule, x.EventId, x.EventType, x.EventSubject, x.JobId),
        _ => null,
    };
}
