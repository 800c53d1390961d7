using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Drift;
using Mesh.Monitoring.Live;
using Mesh.Monitoring.Predictions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Monitoring.Monitors;

/// <summary>Closes windows: seals them, counts their rows against the reference, and has the monitor decide.</summary>
/// <remarks>
/// A sealed window takes no more rows, so counting it again gives the same; and the monitor's state says which windows it has had. So a crash at any point
/// is made good by doing the same again, and each window counts once.
/// </remarks>
internal sealed class WindowEvaluator(
    IMonitoringStore store, TrafficLog traffic, TrainingReferences references, ChangeSignal changes, IOptions<MonitoringOptions> options, TimeProvider clock,
    ILogger<WindowEvaluator> log)
{
    private static readonly Caller Self = Caller.Service(MonitoringService.ServiceName);

    /// <summary>How long rows of another version than the served one are looked at before they are left alone.</summary>
    private static readonly TimeSpan StrayPatience = TimeSpan.FromMinutes(10);

    private readonly WindowClock _windows = new(TimeSpan.FromSeconds(options.Value.IdleSeconds));
    private readonly HashSet<(string Project, string Endpoint)> _failing = [];

    /// <summary>Closes every window that may close now.</summary>
    /// <param name="connection">The connection that holds the leadership: when it is lost, so is the round.</param>
    /// <returns>Number of windows closed.</returns>
    public async Task<int> RunOnceAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var closed = 0;
        foreach (var project in (await TrafficLog.ListOpenAsync(connection, ct)).GroupBy(open => open.Project))
        {
            var monitors = await LoadAsync(project.Key, project.Select(open => open.Endpoint), ct);
            foreach (var endpoint in project.GroupBy(open => open.Endpoint))
            {
                if (!monitors.TryGetValue(endpoint.Key, out var monitor)) continue;
                try
                {
                    closed += await EvaluateAsync(project.Key, monitor, [.. endpoint], ct);
                    _failing.Remove((project.Key, endpoint.Key));
                }
                catch (Exception fault) when (fault is not OperationCanceledException && connection.State == System.Data.ConnectionState.Open)
                {
                    // One endpoint whose registry does not answer must not keep the others waiting; it is said once.
                    if (!_failing.Add((project.Key, endpoint.Key))) continue;
                    log.LogWarning(
                        "Windows of endpoint {Endpoint} in {Project} cannot be closed for now: {Reason}", endpoint.Key, project.Key, fault.Message);
                }
            }
        }

        return closed;
    }

    private async Task<int> EvaluateAsync(string project, EndpointMonitor monitor, IReadOnlyList<Traffic> open, CancellationToken ct)
    {
        if (monitor.ModelVersion == 0)
        {
            // The rows tell the version when the news of it has not come yet; the news, being newer than nothing, wins.
            if (open.FirstOrDefault(rows => rows.Model == monitor.Model) is not { } newest) return 0;
            var command = new MonitorCommand.Serve(monitor.Endpoint, newest.Model, newest.ModelVersion, DateTimeOffset.MinValue);
            var served = await WriteAsync(project, monitor, command, ct);
            if (served is null) return 0;
            monitor = served;
        }

        var closed = 0;
        foreach (var rows in open)
        {
            if (rows.Model == monitor.Model && rows.ModelVersion == monitor.ModelVersion) closed += await CloseAsync(project, monitor, rows, ct);
            else if (clock.GetUtcNow() - rows.LastArrival > StrayPatience) await traffic.SettleAsync(rows, ct);
        }

        return closed;
    }

    private async Task<int> CloseAsync(string project, EndpointMonitor monitor, Traffic rows, CancellationToken ct)
    {
        for (var closed = 0; ; closed++)
        {
            var through = monitor.ClosedThroughNow();
            if (await traffic.FirstUnclosedAsync(rows, through, ct) is not { } first)
            {
                await traffic.SettleAsync(rows, ct);
                return closed;
            }

            var settings = monitor.Settings;
            var window = EventWindow.Of(first, settings.WindowSeconds, through);
            if (!_windows.MayClose(window, WindowClock.LatenessOf(settings.WindowSeconds), rows.Newest, rows.LastArrival, clock.GetUtcNow())) return closed;

            await traffic.SealAsync(rows, window.To, ct);
            // A row of an earlier window may have been stored since the first look; after the sealing none can be.
            if (await traffic.FirstUnclosedAsync(rows, through, ct) is { } earlier) window = EventWindow.Of(earlier, settings.WindowSeconds, through);

            var features = await references.GetAsync(project, rows.Model, rows.ModelVersion, ct);
            var tally = new WindowTally(features);
            await traffic.TallyAsync(rows, window, tally, ct);
            var drift = tally.Judge(settings);
            var summary = new DriftWindow(
                window.From, window.To, tally.Rows, rows.ModelVersion, drift.Count(feature => feature.Drifted) >= settings.MinFeatures, drift);
            var after = await WriteAsync(project, monitor, new MonitorCommand.CloseWindow(rows.Model, summary, Judged: features.Count > 0), ct);
            if (after is null || after.ModelVersion != rows.ModelVersion || after.Model != rows.Model || after.ClosedThroughNow() <= through) return closed;
            monitor = after;
        }
    }

    private async Task<EndpointMonitor?> WriteAsync(string project, EndpointMonitor monitor, MonitorCommand command, CancellationToken ct)
    {
        var written = await store.WriteAsync<EndpointMonitor, MonitorEvent>(
            Self, project, monitor.Id, state => MonitorDecider.Decide(command, state, clock.GetUtcNow()), ct);
        if (written.Events.Count > 0) changes.Tell(new(ChangeKind.Monitor, project, monitor.Endpoint));
        return written.State is { IsRemoved: false } state ? state : null;
    }

    private async Task<Dictionary<string, EndpointMonitor>> LoadAsync(string project, IEnumerable<string> endpoints, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var monitors = await session.LoadManyAsync<EndpointMonitor>(ct, [.. endpoints.Distinct().Select(EndpointMonitor.StreamOf)]);
        return monitors.Where(monitor => !monitor.IsRemoved).ToDictionary(monitor => monitor.Endpoint, StringComparer.Ordinal);
    }
}
