using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Tracking.Metrics.Charts;
using Mesh.Tracking.Metrics.Ingest;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Metrics;

/// <summary>Points in, histories out.</summary>
internal static class MetricEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        var metrics = app.MapGroup("/api/v1/projects/{project}/runs/{run:guid}/metrics").WithTags("Metrics");
        metrics.MapPost("", Log).WithName("LogMetrics").StreamsBody().Accepts<LogMetrics>("application/json")
            .WithSummary("Logs points: all of them or none, durable when it answers")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(422);
        metrics.MapGet("", Summaries).WithName("GetMetrics").WithSummary("What is known of each metric of a run without its history").ProducesProblem(404);
        metrics.MapGet("/{**name}", History).WithName("GetMetricHistory")
            .WithSummary("Points of one metric by step; with points=N as a chart, along x: step, time or relative").Produces<Page<MetricPoint>>().Produces<MetricChart>().ProducesProblem(400).ProducesProblem(404);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Log(
        string project, Guid run, HttpRequest request, MetricWriter writer, TimeProvider clock, CancellationToken ct)
    {
        var (body, isChecked) = await MetricBody.ReadAsync(request, ct);
        if (!isChecked && Problems.Of(body) is { } malformed) return malformed;
        var rejected = await writer.WriteAsync(new MetricBatch(project, run, body, clock.GetUtcNow(), ct), ct);
        return rejected is null ? TypedResults.NoContent() : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<IReadOnlyDictionary<string, MetricSummary>>, ProblemHttpResult>> Summaries(
        string project, Guid run, RunReader runs, MetricReader metrics, CancellationToken ct) =>
        await runs.FindLifeAsync(project, run, ct) is { Deleted: false }
            ? TypedResults.Ok(await metrics.SummariesAsync(project, run, ct))
            : RunDecider.Unknown.ToProblem();

    internal static async Task<IResult> History(
        string project, Guid run, string name, string? points, string? x, PageRequest page, RunReader runs, HistoryReader history, ChartReader charts, CancellationToken ct)
    {
        // Routing leaves an encoded slash as it is; a name may hold slashes either way.
        name = Uri.UnescapeDataString(name);
        var (most, axis) = (ChartEndpoints.ReadPoints(points), ChartEndpoints.ReadAxis(x));
        if (await runs.FindLifeAsync(project, run, ct) is not { Deleted: false }) return RunDecider.Unknown.ToProblem();
        if (most is { } asked)
            return await charts.ReadAsync(project, [run], [name], asked, axis, ct) is [var chart] ? TypedResults.Ok(chart) : MetricRejections.Unknown(name).ToProblem();
        var found = await history.HistoryAsync(project, run, name, page.After<PointPosition>(), page.Limit + 1, ct);
        if (found is null) return MetricRejections.Unknown(name).ToProblem();
        var shown = page.ToPage(found, point => point.At);
        return TypedResults.Ok(new Page<MetricPoint>([.. shown.Items.Select(p => new MetricPoint(name, p.Value, p.At.Step, p.At.Time))], shown.Next));
    }
}
