using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Monitoring.Monitors;
using Mesh.Monitoring.Predictions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Requests;

/// <summary>The HTTP surface of what endpoints are asked.</summary>
internal static class TrafficEndpoints
{
    private const int UsualPoints = 120;

    /// <summary>For everybody with a role.</summary>
    public static void MapTraffic(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/projects/{project}/monitors/{endpoint}/traffic", Get).WithName("GetEndpointTraffic").WithTags("Monitoring")
            .WithSummary("Requests, rows, faults and latencies of an endpoint, stretch by stretch; the last hour unless asked otherwise")
            .ProducesProblem(400).ProducesProblem(404);

    /// <summary>For the serving service.</summary>
    public static void MapTrafficReports(this IEndpointRouteBuilder app) => app.MapPost("/projects/{project}/traffic", Report);

    internal static async Task<Results<NoContent, ProblemHttpResult>> Report(string project, TrafficReport body, TrafficStore store, CancellationToken ct)
    {
        if (!Names.IsLabel(project)) return Rejection.Malformed("project.invalid", "The project is no DNS label.").ToProblem();
        foreach (var slice in body.Slices)
        {
            if (!Names.IsLabel(slice.Endpoint)) return Rejection.Malformed("body.invalid", "The endpoint is no DNS label.", "slices.endpoint").ToProblem();
            if (slice.Bins.Count != slice.Latencies.Count) return Rejection.Malformed("body.invalid", "There must be a count for each bin.", "slices.latencies").ToProblem();
        }

        await store.StoreAsync(project, body, ct);
        return TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<EndpointTraffic>, ProblemHttpResult>> Get(
        string project, string endpoint, string? from, string? to, int? points, IMonitoringStore monitors, TrafficStore store, TimeProvider clock, CancellationToken ct)
    {
        if (points is < TrafficSpan.LeastPoints or > TrafficSpan.MostPoints)
            return QueryTime.Wrong("points", $"{TrafficSpan.LeastPoints} to {TrafficSpan.MostPoints}").ToProblem();
        if (QueryTime.Read("from", from, out var begin) is { } badFrom) return badFrom.ToProblem();
        if (QueryTime.Read("to", to, out var end) is { } badTo) return badTo.ToProblem();
        var until = end ?? clock.GetUtcNow();
        if (until < TrafficSpan.Earliest || until > TrafficSpan.Latest) return QueryTime.Wrong("to", "a time of this century or a later one").ToProblem();
        var since = begin ?? until.AddHours(-1);
        if (since >= until) return QueryTime.Wrong("from", "before 'to'").ToProblem();
        if (until - since > TrafficSpan.Longest) return QueryTime.Wrong("from", $"at most {TrafficSpan.Longest.Days} days before 'to'").ToProblem();
        if (await monitors.FindMonitorAsync(project, endpoint, ct) is null) return MonitorDecider.Unknown(endpoint).ToProblem();
        return TypedResults.Ok(await store.ReadAsync(project, endpoint, TrafficSpan.Of(since, until, points ?? UsualPoints), ct));
    }
}
