using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Tracking.Metrics.Charts;
using Mesh.Tracking.Metrics.Ingest;
using Mesh.Tracking.Metrics.Live;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Mesh.Tracking.Metrics;

/// <summary>Points in, histories out.</summary>
internal static class MetricEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        var metrics = app.MapGroup("/api/v1/projects/{project}/runs/{run:guid}/metrics").WithTags("Metrics");
        metrics.MapPost("", Log).WithName("LogMetrics").StreamsBody()
            .Accepts<LogMetrics>("application/json", NdjsonPoints.MediaType, ArrowPoints.MediaType)
            .WithSummary("Logs points, durable when it answers: JSON all or none; a stream of lines of JSON or of Arrow in chunks, safe to repeat with batchId")
            .Produces(204).Produces<PointsStored>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(422);
        metrics.MapGet("", Summaries).WithName("GetMetrics").WithSummary("What is known of each metric of a run without its history").ProducesProblem(404);
        metrics.MapGet("/stream", Follow).WithName("FollowMetrics").WithSummary("New points as Server-Sent Events: points, then end")
            .Produces<MetricPoints>(200, "text/event-stream").ProducesProblem(400).ProducesProblem(404);
        metrics.MapGet("/{**name}", History).WithName("GetMetricHistory")
            .WithSummary("Points of one metric by step; with points=N as a chart, along x: step, time or relative").Produces<MetricChart>().Produces<Page<MetricPoint>>().ProducesProblem(400).ProducesProblem(404);
    }

    internal static async Task<IResult> Log(
        string project, Guid run, string? batchId, string? attempt, HttpRequest request, MetricWriter writer, TimeProvider clock, CancellationToken ct)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var given) ? given.MediaType.Value : null;
        var isLines = NdjsonPoints.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (isLines || ArrowPoints.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            var stream = new PointStream(writer, project, run, ReadAttempt(attempt), ReadBatchId(batchId), clock.GetUtcNow());
            var fault = await stream.WriteAsync(isLines ? NdjsonPoints.ReadAsync(request.BodyReader, ct) : ArrowPoints.ReadAsync(request.Body, ct), ct);
            return fault is null ? TypedResults.Ok(new PointsStored(stream.Stored)) : Broken(fault, stream.Stored);
        }

        if ((batchId is null ? attempt is null ? null : "attempt" : "batchId") is { } inBody) throw Invalid(inBody, $"'{inBody}' belongs into a JSON body.");
        var (body, isChecked) = await MetricBody.ReadAsync(request, ct);
        if (!isChecked && Problems.Of(body) is { } malformed) return malformed;
        var rejected = await writer.WriteAsync(new MetricBatch(project, run, body, clock.GetUtcNow(), ct), ct);
        return rejected is null ? TypedResults.NoContent() : rejected.ToProblem();
    }

    // A stream may be refused when much of it is stored: whoever sent it must know how much.
    private static ProblemHttpResult Broken(Rejection fault, long stored)
    {
        var problem = (fault with { Detail = $"{fault.Detail} The first {stored:N0} points of the stream are stored." }).ToProblem();
        problem.ProblemDetails.Extensions["stored"] = stored;
        return problem;
    }

    private static Guid? ReadBatchId(string? text) =>
        text is null ? null : Guid.TryParse(text, out var id) ? id : throw Invalid("batchId", "'batchId' must be an id such as 0193a1c0-0000-7000-8000-000000000000.");

    private static int? ReadAttempt(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) && attempt > 0 ? attempt
        : throw Invalid("attempt", "'attempt' must be a whole number from 1 on.");

    private static RejectedException Invalid(string field, string detail) => new(Rejection.Malformed("filter.invalid", detail, field));

    internal static async Task<Results<Ok<IReadOnlyDictionary<string, MetricSummary>>, ProblemHttpResult>> Summaries(
        string project, Guid run, RunReader runs, MetricReader metrics, CancellationToken ct) =>
        await runs.FindLifeAsync(project, run, ct) is { Deleted: false }
            ? TypedResults.Ok(await metrics.SummariesAsync(project, run, ct))
            : RunDecider.Unknown.ToProblem();

    internal static async Task<IResult> Follow(
        string project, Guid run, [FromQuery(Name = "name")] string[]? name, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, NewPointReader points, MetricSignal signal,
        RunReader runs, IOptions<TrackingOptions> options, CancellationToken ct)
    {
        if (name?.FirstOrDefault(one => !Names.IsKey(one)) is not null) throw Invalid("name", "'name' must be the name of a metric.");
        var position = string.IsNullOrEmpty(lastEventId) ? null
            : MetricPosition.Decode(lastEventId) ?? throw Invalid("Last-Event-ID", "'Last-Event-ID' must be the id of an event of this stream.");
        return await runs.FindLifeAsync(project, run, ct) is { Deleted: false }
            ? new MetricStream(project, run, name is { Length: > 0 } ? name : null, position, points, signal, runs, TimeSpan.FromSeconds(options.Value.MetricStreamSeconds))
            : RunDecider.Unknown.ToProblem();
    }

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
