using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Mesh.Tracking.Experiments;

/// <summary>The HTTP surface of experiments.</summary>
internal static class ExperimentEndpoints
{
    public static void MapExperiments(this IEndpointRouteBuilder app)
    {
        var experiments = app.MapGroup("/api/v1/projects/{project}/experiments").WithTags("Experiments");
        experiments.MapGet("", List).WithName("ListExperiments").WithSummary("Experiments by name, with their number of runs").ProducesProblem(400);
        experiments.MapPost("", Create).WithName("CreateExperiment").WithSummary("Creates an experiment").ProducesProblem(400).ProducesProblem(409);
        experiments.MapGet("/{experiment:long}", Get).WithName("GetExperiment").WithSummary("An experiment, deleted or not").ProducesProblem(404);
        experiments.MapPatch("/{experiment:long}", Update).WithName("UpdateExperiment").WithSummary("Renames an experiment, or changes its tags")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        experiments.MapDelete("/{experiment:long}", Delete).WithName("DeleteExperiment").WithSummary("Takes an experiment and its runs out of sight").ProducesProblem(404);
        experiments.MapPost("/{experiment:long}/restore", Restore).WithName("RestoreExperiment").WithSummary("Brings a deleted experiment and its runs back").ProducesProblem(404);
        experiments.MapGet("/{experiment:long}/history", History).WithName("GetExperimentHistory").WithSummary("Everything that happened to an experiment").ProducesProblem(404);
        experiments.MapGet("/{experiment:long}/stream", Follow).WithName("FollowExperiment")
            .WithSummary("Rows of the experiment's table that change as Server-Sent Events: runs, then end; the newest rows first with rows=N")
            .Produces<RunRows>(200, "text/event-stream").ProducesProblem(400).ProducesProblem(404);
    }

    internal static async Task<Ok<Page<ExperimentInfo>>> List(
        string project, PageRequest page, string? name, bool? deleted, ExperimentDirectory directory, ExperimentList experiments, CancellationToken ct)
    {
        await directory.FindAsync(project, Experiment.Default, ct);
        var found = await experiments.ReadAsync(project, name, deleted ?? false, page.After<ExperimentPosition>()?.Name, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(found, e => new ExperimentPosition(e.Name)));
    }

    internal static async Task<Results<Created<ExperimentInfo>, ProblemHttpResult>> Create(
        string project, CreateExperiment body, Caller caller, ExperimentDirectory directory, ExperimentList experiments, CancellationToken ct)
    {
        var (made, rejected) = await directory.CreateAsync(caller, project, body.Name, null, body.Tags ?? [], ct);
        if (made is null) return rejected!.ToProblem();
        return TypedResults.Created($"/api/v1/projects/{project}/experiments/{made.Number}", await experiments.DescribeAsync(project, made, ct));
    }

    internal static async Task<Results<Ok<ExperimentInfo>, ProblemHttpResult>> Get(
        string project, long experiment, ExperimentDirectory directory, ExperimentList experiments, CancellationToken ct) =>
        await directory.FindAsync(project, experiment, ct) is { } found
            ? TypedResults.Ok(await experiments.DescribeAsync(project, found, ct))
            : ExperimentDecider.Unknown.ToProblem();

    internal static async Task<Results<Ok<ExperimentInfo>, ProblemHttpResult>> Update(
        string project, long experiment, UpdateExperiment body, Caller caller, ExperimentDirectory directory, ExperimentList experiments, CancellationToken ct)
    {
        var after = await directory.FindAsync(project, experiment, ct);
        Rejection? rejected = after is null ? ExperimentDecider.Unknown : null;
        if (rejected is null && body.Name is { } name) (after, rejected) = await directory.CarryOutAsync(caller, project, experiment, new ExperimentCommand.Rename(name), ct);
        if (rejected is null && body.Tags is { Count: > 0 } tags)
        {
            var set = tags.ToDictionary(tag => tag.Key, tag => tag.Value.Length == 0 ? null : tag.Value, StringComparer.Ordinal);
            (after, rejected) = await directory.CarryOutAsync(caller, project, experiment, new ExperimentCommand.SetTags(set), ct);
        }

        return rejected is not null ? rejected.ToProblem() : TypedResults.Ok(await experiments.DescribeAsync(project, after!, ct));
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, long experiment, Caller caller, ExperimentDirectory directory, CancellationToken ct)
    {
        var (_, rejected) = await directory.CarryOutAsync(caller, project, experiment, new ExperimentCommand.Delete(), ct);
        return rejected is null ? TypedResults.NoContent() : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<ExperimentInfo>, ProblemHttpResult>> Restore(
        string project, long experiment, Caller caller, ExperimentDirectory directory, ExperimentList experiments, CancellationToken ct)
    {
        var (after, rejected) = await directory.CarryOutAsync(caller, project, experiment, new ExperimentCommand.Restore(), ct);
        return rejected is null ? TypedResults.Ok(await experiments.DescribeAsync(project, after!, ct)) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, long experiment, PageRequest page, ITrackingStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var after = page.After<HistoryPosition>()?.Version ?? 0;
        var entries = await session.ReadHistoryAsync(Experiment.Key(experiment), after, page.Limit + 1, ct);
        return entries.Count == 0 && after == 0 ? ExperimentDecider.Unknown.ToProblem() : TypedResults.Ok(page.ToPage(entries, entry => new HistoryPosition(entry.Version)));
    }

    internal static async Task<IResult> Follow(
        string project, long experiment, int? rows, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, ExperimentDirectory directory, TableReader reader, TableFeed feed,
        IOptions<TrackingOptions> options, CancellationToken ct)
    {
        if (rows is < 0 or > TableReader.MostRows) throw Invalid("rows", $"'rows' must be 0 to {TableReader.MostRows}.");
        var position = string.IsNullOrEmpty(lastEventId) ? null
            : TablePosition.Decode(lastEventId) ?? throw Invalid("Last-Event-ID", "'Last-Event-ID' must be the id of an event of this stream.");
        return await directory.FindAsync(project, experiment, ct) is not null
            ? new TableStream(project, experiment, position, rows ?? 0, reader, feed, TimeSpan.FromSeconds(options.Value.MetricStreamSeconds))
            : ExperimentDecider.Unknown.ToProblem();
    }

    private static RejectedException Invalid(string field, string detail) => new(Rejection.Malformed("filter.invalid", detail, field));

    private sealed record ExperimentPosition(string Name);

    private sealed record HistoryPosition(long Version);
}
