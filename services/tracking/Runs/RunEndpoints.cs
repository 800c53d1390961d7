using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Metrics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Runs;

/// <summary>Reads of runs, and their creation. What moves a run is in <see cref="RunCommandEndpoints"/>.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/api/v1/projects/{project}/runs").WithTags("Runs");
        runs.MapPost("", Create).WithName("CreateRun").WithMaxBody(4 << 20).WithSummary("Creates a run; safe to repeat with an Idempotency-Key or an id")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(422);
        runs.MapGet("", List).WithName("ListRuns").WithSummary("Runs, newest first, or by a filter and an order of the search grammar").ProducesProblem(400);
        runs.MapGet("/{run:guid}", Get).WithName("GetRun").WithSummary("A run, now or as of a time or version").ProducesProblem(400).ProducesProblem(404);
        runs.MapGet("/{run:guid}/history", History).WithName("GetRunHistory").WithSummary("Everything that happened to a run").ProducesProblem(404);
        RunCommandEndpoints.Map(runs.MapGroup("/{run:guid}"));
    }

    internal static async Task<Results<Created<RunInfo>, Ok<RunInfo>, ProblemHttpResult>> Create(
        string project, CreateRun body, IdempotencyKey key, Caller caller, HttpContext context, GroupCommit<ITrackingStore> group, RunReader runs, MetricReader metrics,
        ExperimentDirectory experiments, TimeProvider clock, CancellationToken ct)
    {
        var (experiment, gone) = await experiments.ForRunAsync(caller, project, body.Experiment, ct);
        if (gone is not null) return gone.ToProblem();
        var id = body.Id ?? key.Id(caller, project, "runs");
        var parentExists = body.Parent is not { } parent || await runs.FindLifeAsync(project, parent, ct) is { Deleted: false };
        var create = new RunCommand.Create(
            id, body.Name, experiment.Name, body.Kind, body.Parent, body.Params ?? [], body.Tags ?? [], caller.Name,
            key.Fingerprint(body), parentExists, experiment.Number, Group: body.Group);
        var describe = new RunCommand.DescribeContext(body.Source, body.Environment);
        var written = await group.WriteAsync<Run, RunEvent>(
            caller, project, id.ToString(), run => RunDecider.DecideAll([create, describe], run, clock.GetUtcNow()), ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var location = $"/api/v1/projects/{project}/runs/{id}";
        if (written.Events.Count > 0) return TypedResults.Created(location, Answer(context, written.State!.ToInfo(experiment: experiment.Name)));
        if (create.Fingerprint is null) return TypedResults.Ok(Answer(context, written.State!.ToInfo(await metrics.SummariesAsync(project, id, ct), experiment.Name)));
        var (created, _) = await runs.AsOfAsync(project, id, new AsOf(null, 1), ct);
        return TypedResults.Created(location, Answer(context, created!.ToInfo()));
    }

    internal static async Task<Ok<Page<RunInfo>>> List(
        string project, [AsParameters] RunQuery query, PageRequest page, RunReader runs, RunListSearch search, MetricReader metrics, ExperimentDirectory experiments,
        CancellationToken ct)
    {
        if (query.IsSearch) return TypedResults.Ok(await search.FindAsync(project, query, page, ct));
        var (rows, more) = await runs.ListAsync(project, query.Read(), page.After<RunPosition>(), page.Limit, ct);
        var (summaries, covered) = await metrics.SummariesAsync(project, [.. rows.Select(row => Guid.Parse(row.Run.Id))], ct);
        var names = await experiments.NamesAsync(project, rows.Select(row => row.Run.ExperimentId), ct);
        var items = rows.Take(covered).Select(row => row.Run.ToInfo(summaries, names)).ToList();
        return TypedResults.Ok(new Page<RunInfo>(items, more || covered < rows.Count ? PageRequest.Encode(rows[covered - 1].At) : null));
    }

    internal static async Task<Results<Ok<RunInfo>, ProblemHttpResult>> Get(
        string project, Guid run, string? asOf, HttpContext context, RunReader runs, MetricReader metrics, ExperimentDirectory experiments, CancellationToken ct)
    {
        if (asOf is not null) return await GetAsOf(project, run, AsOf.Parse(asOf), runs, metrics, ct);
        if (await runs.FindAsync(project, run, ct) is not { } found) return RunDecider.Unknown.ToProblem();
        var summaries = await metrics.SummariesAsync(project, run, ct);
        var names = await experiments.NamesAsync(project, [found.ExperimentId], ct);
        return TypedResults.Ok(Answer(context, found.ToInfo(summaries, names.GetValueOrDefault(found.ExperimentId))));
    }

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, Guid run, PageRequest page, ITrackingStore store, RunReader runs, CancellationToken ct)
    {
        if (await runs.FindAnyAsync(project, run, ct) is null) return RunDecider.Unknown.ToProblem();
        await using var session = store.OpenQuery(project);
        var after = page.After<HistoryPosition>()?.Version ?? 0;
        var entries = await session.ReadHistoryAsync(run.ToString(), after, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(entries, entry => new HistoryPosition(entry.Version)));
    }

    /// <summary>Writes the version of an answer into its <c>ETag</c>.</summary>
    public static RunInfo Answer(HttpContext context, RunInfo run)
    {
        EntityVersion.Write(context, run.Version);
        return run;
    }

    private static async Task<Results<Ok<RunInfo>, ProblemHttpResult>> GetAsOf(
        string project, Guid run, AsOf asOf, RunReader runs, MetricReader metrics, CancellationToken ct)
    {
        if (await runs.FindAnyAsync(project, run, ct) is null) return RunDecider.Unknown.ToProblem();
        var (found, until) = await runs.AsOfAsync(project, run, asOf, ct);
        if (found is null or { Deleted: true })
            return Rejection.NotFound("run.unknown", "There was no such run in this project at that time or version.").ToProblem();
        var summaries = until is { } moment ? await metrics.SummariesAsOfAsync(project, run, moment, ct) : await metrics.SummariesAsync(project, run, ct);
        return TypedResults.Ok(found.ToInfo(summaries));
    }

    private sealed record HistoryPosition(long Version);
}
