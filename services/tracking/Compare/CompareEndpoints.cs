using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Compare;

/// <summary>Questions about several runs at once. They are posted, since what they ask for is long, and only read.</summary>
internal static class CompareEndpoints
{
    private const int UsualPoints = 40;
    private const int MostPoints = 100;

    public static void MapCompare(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/api/v1/projects/{project}/runs").WithTags("Compare");
        runs.MapPost("/compare", Compare).RequireRole(Role.Viewer).WithName("CompareRuns").WithSummary("Runs side by side, with what differs marked")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
        runs.MapPost("/table", Table).RequireRole(Role.Viewer).WithName("TabulateRuns").WithSummary("Values of many runs by column, for plots")
            .ProducesProblem(400).ProducesProblem(422);
        runs.MapPost("/group", Group).RequireRole(Role.Viewer).WithName("GroupRuns").WithSummary("Metrics over groups of runs, such as seeds")
            .ProducesProblem(400).ProducesProblem(422);
        runs.MapPost("/correlate", Correlate).RequireRole(Role.Viewer).WithName("CorrelateRuns").WithSummary("Which params go with a metric")
            .ProducesProblem(400).ProducesProblem(422);
        runs.MapGet("/{run:guid}/sparklines", Sparks).WithName("GetRunSparklines").WithSummary("The last points of each metric of a run")
            .ProducesProblem(400).ProducesProblem(404);
    }

    internal static async Task<Results<Ok<RunComparison>, ProblemHttpResult>> Compare(string project, CompareRuns body, RunComparer comparer, CancellationToken ct)
    {
        var (comparison, rejected) = await comparer.CompareAsync(project, body, ct);
        return rejected is null ? TypedResults.Ok(comparison) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<RunTable>, ProblemHttpResult>> Table(string project, TabulateRuns body, RunTables tables, CancellationToken ct)
    {
        var (table, rejected) = await tables.ReadAsync(project, body, ct);
        return rejected is null ? TypedResults.Ok(table) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<RunGroups>, ProblemHttpResult>> Group(string project, GroupRuns body, RunGrouping grouping, CancellationToken ct)
    {
        var (groups, rejected) = await grouping.GroupAsync(project, body, ct);
        return rejected is null ? TypedResults.Ok(groups) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<RunCorrelations>, ProblemHttpResult>> Correlate(
        string project, CorrelateRuns body, RunCorrelation correlation, CancellationToken ct)
    {
        var (found, rejected) = await correlation.CorrelateAsync(project, body, ct);
        return rejected is null ? TypedResults.Ok(found) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<RunSparklines>, ProblemHttpResult>> Sparks(
        string project, Guid run, int? points, RunReader runs, Sparklines sparklines, CancellationToken ct)
    {
        if (points is < 1 or > MostPoints) return Rejection.Malformed("points.invalid", $"'points' must be 1 to {MostPoints}.", "points").ToProblem();
        return await runs.FindLifeAsync(project, run, ct) is { Deleted: false }
            ? TypedResults.Ok(await sparklines.OfAsync(project, run, points ?? UsualPoints, ct))
            : RunDecider.Unknown.ToProblem();
    }
}
