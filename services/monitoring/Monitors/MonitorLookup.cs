using Mesh.Hosting.Store;

namespace Mesh.Monitoring.Monitors;

/// <summary>Finds monitors.</summary>
internal static class MonitorLookup
{
    /// <summary>The monitor of an endpoint; null when there is none, or no more.</summary>
    public static async Task<EndpointMonitor?> FindMonitorAsync(this IMonitoringStore store, string project, string endpoint, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<EndpointMonitor>(EndpointMonitor.StreamOf(endpoint), ct) is { IsRemoved: false } monitor ? monitor : null;
    }
}
