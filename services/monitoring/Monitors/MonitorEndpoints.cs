using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Journal;
using Mesh.Monitoring.Live;
using Mesh.Monitoring.Predictions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Monitors;

/// <summary>The HTTP surface of monitors.</summary>
internal static class MonitorEndpoints
{
    private sealed record EndpointCursor(string Endpoint);

    private sealed record VersionCursor(long Version);

    public static void MapMonitors(this IEndpointRouteBuilder app)
    {
        var monitors = app.MapGroup("/api/v1/projects/{project}/monitors").WithTags("Monitoring");
        monitors.MapGet("", List).WithName("ListMonitors");
        monitors.MapGet("/{endpoint}", Get).WithName("GetMonitor");
        monitors.MapPut("/{endpoint}", Configure).WithName("ConfigureMonitor");
        monitors.MapGet("/{endpoint}/windows", Windows).WithName("ListDriftWindows");
        monitors.MapGet("/{endpoint}/history", History).WithName("GetMonitorHistory");
        monitors.MapGet("/{endpoint}/stream", Stream).WithName("StreamMonitor")
            .WithSummary("Says when an endpoint's traffic or its monitor changes, as Server-Sent Events: 'traffic' and 'monitor', each once at the beginning")
            .Produces<Changed>(200, EventStream.ContentType).ProducesProblem(404);
    }

    internal static async Task<Ok<Page<MonitorInfo>>> List(
        string project, PageRequest page, IMonitoringStore store, PredictionQuery predictions, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var after = page.After<EndpointCursor>()?.Endpoint ?? "";
        var found = await session.Query<EndpointMonitor>()
            .Where(monitor => !monitor.IsRemoved && monitor.MatchesSql("d.data ->> 'endpoint' collate \"C\" > ?", after))
            .OrderBySql("d.data ->> 'endpoint' collate \"C\"")
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        var counts = await predictions.CountByEndpointAsync(project, ct);
        var rows = found.Select(monitor => ToInfo(monitor, counts.GetValueOrDefault(monitor.Endpoint))).ToList();
        return TypedResults.Ok(page.ToPage(rows, row => new EndpointCursor(row.Endpoint)));
    }

    internal static async Task<Results<Ok<MonitorInfo>, ProblemHttpResult>> Get(
        string project, string endpoint, IMonitoringStore store, PredictionQuery predictions, CancellationToken ct) =>
        await store.FindMonitorAsync(project, endpoint, ct) is { } monitor
            ? TypedResults.Ok(ToInfo(monitor, await predictions.CountAsync(project, endpoint, ct)))
            : MonitorDecider.Unknown(endpoint).ToProblem();

    internal static async Task<Results<Ok<MonitorInfo>, ProblemHttpResult>> Configure(
        string project, string endpoint, ConfigureMonitor body, Caller caller, IMonitoringStore store, PredictionQuery predictions, ChangeSignal changes, TimeProvider clock,
        [FromKeyedServices(MonitoringService.ServiceName)] ServiceClient services, CancellationToken ct)
    {
        // The endpoint may have been deployed a moment ago, its news still on the way.
        var isNew = Names.IsLabel(endpoint) && await store.FindMonitorAsync(project, endpoint, ct) is null;
        var model = isNew ? await ModelOfAsync(services, project, endpoint, ct) : null;
        var written = await store.WriteAsync<EndpointMonitor, MonitorEvent>(
            caller, project, EndpointMonitor.StreamOf(endpoint),
            state => MonitorDecider.Decide(new MonitorCommand.Configure(endpoint, model, body), state, clock.GetUtcNow()), ct);
        if (written.Events.Count > 0) changes.Tell(new(ChangeKind.Monitor, project, endpoint));
        return written.Rejected is { } rejection
            ? rejection.ToProblem()
            : TypedResults.Ok(ToInfo(written.State!, await predictions.CountAsync(project, endpoint, ct)));
    }

    internal static async Task<Results<Ok<Page<DriftWindow>>, ProblemHttpResult>> Windows(
        string project, string endpoint, PageRequest page, IMonitoringStore store, CancellationToken ct)
    {
        if (await store.FindMonitorAsync(project, endpoint, ct) is null) return MonitorDecider.Unknown(endpoint).ToProblem();
        var (stream, before) = (EndpointMonitor.StreamOf(endpoint), page.After<VersionCursor>()?.Version ?? long.MaxValue);
        await using var session = store.OpenQuery(project);
        var events = await session.Events.QueryAllRawEvents()
            .Where(e => e.StreamKey == stream && e.EventTypeName == MonitorEventNames.WindowClosed && e.Version < before)
            .OrderByDescending(e => e.Version)
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        var rows = page.ToPage(events, e => new VersionCursor(e.Version));
        return TypedResults.Ok(new Page<DriftWindow>([.. rows.Items.Select(e => ((MonitorEvent.WindowClosed)e.Data).Window)], rows.Next));
    }

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string endpoint, PageRequest page, IMonitoringStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(EndpointMonitor.StreamOf(endpoint), page.After<VersionCursor>()?.Version ?? 0, page.Limit + 1, ct);
        return entries.Count == 0 && page.Cursor is null
            ? MonitorDecider.Unknown(endpoint).ToProblem()
            : TypedResults.Ok(page.ToPage(entries, entry => new VersionCursor(entry.Version)));
    }

    internal static async Task<IResult> Stream(string project, string endpoint, IMonitoringStore store, CancellationToken ct) =>
        await store.FindMonitorAsync(project, endpoint, ct) is null
            ? MonitorDecider.Unknown(endpoint).ToProblem()
            : new ChangeStream(new ChangeTopic(ChangeKind.Traffic, project, endpoint), new ChangeTopic(ChangeKind.Monitor, project, endpoint));

    private static async Task<string?> ModelOfAsync(ServiceClient services, string project, string endpoint, CancellationToken ct)
    {
        try
        {
            var found = await services.GetAsync<EndpointInfo>("serving", $"/api/v1/projects/{project}/endpoints/{endpoint}", project, ct);
            return found.Model;
        }
        catch (ServiceCallException e) when (e.Problem.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    private static MonitorInfo ToInfo(EndpointMonitor monitor, (long Rows, long Late) counts) => new(
        monitor.Endpoint, monitor.Model, monitor.Status, monitor.Settings, counts.Rows, monitor.ConsecutiveDrifted, monitor.ConsecutiveClean,
        monitor.LastWindow, monitor.Since, counts.Late, monitor.ModelVersion == 0 ? null : monitor.ModelVersion);
}
