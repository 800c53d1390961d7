using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Logs;
using Mesh.Tracking.Metrics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Tracking.Runs;

/// <summary>What moves a run. Each takes <c>If-Match</c> and answers with the run as it is afterwards.</summary>
internal static class RunCommandEndpoints
{
    public static void Map(RouteGroupBuilder run)
    {
        Command(run.MapPost("/start", Start), "StartRun", "A worker takes the run; a higher attempt takes it from the one before");
        Command(run.MapPost("/complete", Complete), "CompleteRun", "The run ended well");
        Command(run.MapPost("/fail", Fail), "FailRun", "The run ended badly");
        Command(run.MapPost("/abort", Abort), "AbortRun", "Asks for an abort; a pending run ends at once");
        Command(run.MapPost("/aborted", Aborted), "ConfirmAbort", "The worker has stopped as it was asked to");
        Command(run.MapPost("/params", LogParams), "LogParams", "Params are written once").WithMaxBody(4 << 20).ProducesProblem(422);
        Command(run.MapPost("/tags", SetTags), "SetTags", "Tags may change; an empty value removes one").ProducesProblem(422);
        Command(run.MapPost("/context", DescribeContext), "DescribeRunContext", "Where its code came from and what it runs on");
        Command(run.MapPost("/restore", Restore), "RestoreRun", "Brings a deleted run back");
        run.MapDelete("", Delete).WithName("DeleteRun").WithSummary("Takes a run that is not at work out of sight; its history stays readable")
            .ProducesProblem(404).ProducesProblem(409);
    }

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Start(Guid run, StartRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.Start((body ?? new StartRun()).Attempt, body?.Worker));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Complete(Guid run, CompleteRun? body, [AsParameters] RunCommands commands) =>
        commands.EndAsync(run, new RunCommand.Complete(body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Fail(Guid run, FailRun body, [AsParameters] RunCommands commands) =>
        commands.EndAsync(run, new RunCommand.Fail(body.Cause, body.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Abort(Guid run, AbortRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.RequestAbort(body?.Reason, body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Aborted(Guid run, AbortRun? body, [AsParameters] RunCommands commands) =>
        commands.EndAsync(run, new RunCommand.ConfirmAbort(body?.Reason, body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> LogParams(Guid run, LogParams body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.LogParams(body.Params, body.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> SetTags(Guid run, SetTags body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.SetTags(body.Tags));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> DescribeContext(Guid run, DescribeRunContext body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.DescribeContext(body.Source, body.Environment));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Restore(Guid run, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.Restore());

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid run, [AsParameters] RunCommands commands)
    {
        var written = await commands.WriteAsync(run, new RunCommand.Delete());
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static RouteHandlerBuilder Command(RouteHandlerBuilder command, string name, string summary) =>
        command.WithName(name).WithSummary(summary).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412);
}

/// <summary>What every command on a run needs from its request.</summary>
internal sealed record RunCommands(
    string Project, EntityVersion IfMatch, Caller Caller, HttpContext Context, [FromServices] ITrackingStore Store, [FromServices] GroupCommit<ITrackingStore> Group, [FromServices] MetricReader Metrics,
    [FromServices] ExperimentDirectory Experiments, [FromServices] LogSignal Logs, [FromServices] TimeProvider Clock)
{
    /// <summary>Decides, appends, and answers with the run as it is afterwards.</summary>
    public async Task<Results<Ok<RunInfo>, ProblemHttpResult>> CarryOutAsync(Guid run, params RunCommand[] commands) =>
        await AnswerAsync(run, await WriteAsync(run, commands), await Metrics.SummariesAsync(Project, run, Context.RequestAborted));

    /// <summary>The same for the end of a run: what its metrics came to belongs to its history.</summary>
    public async Task<Results<Ok<RunInfo>, ProblemHttpResult>> EndAsync(Guid run, RunCommand end)
    {
        var metrics = await Metrics.SummariesAsync(Project, run, Context.RequestAborted);
        var written = await WriteAsync(run, state => RunDecider.DecideEnd(end, metrics, state, Clock.GetUtcNow()));
        return await AnswerAsync(run, written, metrics);
    }

    /// <summary>Decides and appends all that the commands lead to, or nothing.</summary>
    public Task<Written<Run, RunEvent>> WriteAsync(Guid run, params RunCommand[] commands) =>
        WriteAsync(run, state => RunDecider.DecideAll(commands, state, Clock.GetUtcNow()));

    private async Task<Written<Run, RunEvent>> WriteAsync(Guid run, Func<Run?, Decision<RunEvent>> decide)
    {
        var written = IfMatch.Expected is { } expected
            ? await Store.WriteAsync(Caller, Project, run.ToString(), decide, Context.RequestAborted, expected)
            : await Group.WriteAsync(Caller, Project, run.ToString(), decide, Context.RequestAborted);
        if (written is { Events.Count: > 0, State.HasEnded: true }) Logs.Wake(Project, run);
        return written;
    }

    private async Task<Results<Ok<RunInfo>, ProblemHttpResult>> AnswerAsync(
        Guid run, Written<Run, RunEvent> written, IReadOnlyDictionary<string, MetricSummary> metrics)
    {
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var after = written.State!;
        var names = await Experiments.NamesAsync(Project, [after.ExperimentId], Context.RequestAborted);
        return TypedResults.Ok(RunEndpoints.Answer(Context, after.ToInfo(metrics, names.GetValueOrDefault(after.ExperimentId))));
    }
}
