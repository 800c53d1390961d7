using Marten;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Alerts;
using Mesh.Monitoring.Monitors;
using Mesh.Monitoring.Predictions;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Purge;

/// <summary>Tells the projects service what monitoring holds of a project.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder app) => app.MapGet("/projects/{project}/usage", Get);

    internal static async Task<ProjectUsage> Get(string project, IMonitoringStore store, PredictionQuery predictions, ProjectPurge purge, CancellationToken ct)
    {
        var usage = await CountAsync(project, store, predictions, ct);
        if (usage.IsEmpty() || await purge.DeletedAtAsync(project, ct) is not { } deletedAt) return usage;

        // What was on its way into a project while it was purged would keep it from ever being gone.
        await purge.PurgeAsync(project, deletedAt, ct);
        return await CountAsync(project, store, predictions, ct);
    }

    private static async Task<ProjectUsage> CountAsync(string project, IMonitoringStore store, PredictionQuery predictions, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return new ProjectUsage(new Dictionary<string, long>
        {
            ["predictions"] = await predictions.CountAsync(project, ct),
            ["monitors"] = await session.Query<EndpointMonitor>().Where(monitor => !monitor.IsRemoved).CountAsync(ct),
            ["alerts"] = await session.Query<AlertRule>().Where(rule => !rule.IsRemoved).CountAsync(ct),
            ["webhooks"] = await session.Query<Webhook>().Where(webhook => !webhook.IsRemoved).CountAsync(ct),
        });
    }
}
