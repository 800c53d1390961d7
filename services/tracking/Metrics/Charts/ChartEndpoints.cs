using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Tracking.Metrics.Charts;

/// <summary>Metrics as charts.</summary>
internal static class ChartEndpoints
{
    private const int LeastPoints = 4;
    private const int MostPoints = 4_000;
    private const int DefaultPoints = 1_000;
    private const int MostNames = 100;

    public static void MapCharts(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/projects/{project}/metrics", Charts).WithTags("Metrics").WithName("GetMetricCharts")
            .WithSummary("Metrics of several runs with as many points as a chart can show").ProducesProblem(400).ProducesProblem(422);

    /// <summary>Charts of several runs.</summary>
    /// <param name="run">Ids of runs, 1 to 100.</param>
    /// <param name="name">Names of metrics; all of the runs' when absent.</param>
    /// <param name="points">The most points of each, 4 to 4,000; 1,000 when absent.</param>
    /// <param name="x"><c>step</c>, <c>time</c> or <c>relative</c>.</param>
    internal static async Task<Results<Ok<MetricCharts>, ProblemHttpResult>> Charts(
        string project, [FromQuery(Name = "run")] string[]? run, [FromQuery(Name = "name")] string[]? name, string? points, string? x, ChartReader charts, CancellationToken ct)
    {
        var runs = (run ?? []).Select(ReadId).Distinct().ToArray();
        if (runs.Length is < 1 or > ChartReader.MaxRuns) throw Invalid("run", $"'run' must be given 1 to {ChartReader.MaxRuns} times.");
        if (name?.Length > MostNames) throw Invalid("name", $"'name' must be given at most {MostNames} times.");
        if (name?.FirstOrDefault(one => !Names.IsKey(one)) is { } wrong) throw Invalid("name", $"'{wrong.Replace("\0", "", StringComparison.Ordinal)}' is not in form as the name of a metric.");
        var axis = ReadAxis(x);
        return await charts.ReadAsync(project, runs, name is { Length: > 0 } ? name : null, ReadPoints(points) ?? DefaultPoints, axis, ct) is { } found
            ? TypedResults.Ok(new MetricCharts(axis, found))
            : MetricRejections.TooManyCharts.ToProblem();
    }

    /// <summary>Reads how many points are asked for; null when it is not said.</summary>
    public static int? ReadPoints(string? text)
    {
        if (text is null) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var points) && points is >= LeastPoints and <= MostPoints
            ? points
            : throw Invalid("points", $"'points' must be a whole number from {LeastPoints} to {MostPoints}.");
    }

    /// <summary>Reads what the points are drawn along.</summary>
    public static ChartAxis ReadAxis(string? text) => text is null ? ChartAxis.Step
        : EnumNames.TryParse<ChartAxis>(text, out var axis) ? axis
        : throw Invalid("x", $"'x' must be one of {EnumNames.List<ChartAxis>()}.");

    private static Guid ReadId(string text) => Guid.TryParse(text, out var id) ? id : throw Invalid("run", "'run' must be the id of a run.");

    private static RejectedException Invalid(string field, string detail) => new(Rejection.Malformed("filter.invalid", detail, field));
}
