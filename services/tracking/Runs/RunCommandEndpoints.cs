using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Logs;
using Mesh.Tracking.Metrics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Runs;

/// <summary>What moves a run. Each takes <c>If-Match</c> and answers with the run as it is afterwards.</summary>
internal static class RunCommandEndpoints
{
    public static void Map(RouteGroupBuilder run)
    {
        Command(run, "start", Start, "StartRun", "A worker takes the run; a higher attempt takes it from the one before");
        Command(run, "complete", Complete, "CompleteRun", "The run ended well");
        Command(run, "fail", Fail, "FailRun", "The run ended badly");
        Command(run, "abort", Abort, "AbortRun", "Asks for an abort; a pending run ends at once");
        Command(run, "aborted", Aborted, "ConfirmAbort", "The worker has stopped as it was asked to");
        Command(run, "params", LogParams, "LogParams", "Params are written once").WithMaxBody(4 << 20).ProducesProblem(422);
        Command(run, "tags", SetTags, "SetTags", "Tags may change; an empty value removes one").ProducesProblem(422);
        run.MapDelete("", Delete).WithName("DeleteRun").WithSummary("Takes a run that is not at work out of sight; its history stays readable")
            .ProducesProblem(404).ProducesProblem(409);
    }

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Start(Guid run, StartRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.Start((body ?? new StartRun()).Attempt, body?.Worker));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Complete(Guid run, CompleteRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.Complete(body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Fail(Guid run, FailRun body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.Fail(body.Cause, body.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Abort(Guid run, AbortRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.RequestAbort(body?.Reason, body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> Aborted(Guid run, AbortRun? body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.ConfirmAbort(body?.Reason, body?.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> LogParams(Guid run, LogParams body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.LogParams(body.Params, body.Attempt));

    internal static Task<Results<Ok<RunInfo>, ProblemHttpResult>> SetTags(Guid run, SetTags body, [AsParameters] RunCommands commands) =>
        commands.CarryOutAsync(run, new RunCommand.SetTags(body.Tags));

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid run, [AsParameters] RunCommands commands)
    {
        var written = await commands.WriteAsync(run, new RunCommand.Delete());
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static RouteHandlerBuilder Command(RouteGroupBuilder run, string verb, Delegate handler, string name, string summary) =>
        run.MapPost("/" + verb, handler).WithName(name).WithSummary(summary)
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412);
}

/// <summary>What every command on a run needs from its request.</summary>
internal sealed record RunCommands(
    string Project, EntityVersion IfMatch, Caller Caller, HttpContext Context, ITrackingStore Store, MetricReader Metrics, LogSignal Logs, TimeProvider Clock)
{
    /// <summary>Decides, appends, and answers with the run as it is afterwards.</summary>
    public async Task<Results<Ok<RunInfo>, ProblemHttpResult>> CarryOutAsync(Guid run, RunCommand command)
    {
        var written = await WriteAsync(run, command);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var metrics = await Metrics.SummariesAsync(Project, run, Context.RequestAborted);
        return TypedResults.Ok(RunEndpoints.Answer(Context, written.State!.ToInfo(metrics)));
    }

    /// <summary>Decides and appends.</summary>
    public async Task<Written<Run, RunEvent>> WriteAsync(Guid run, RunCommand command)
    {
        var written = await Store.WriteAsync<Run, RunEvent>(
            Caller, Project, run.ToString(), state => RunDecider.Decide(command, state, Clock.GetUtcNow()), Context.RequestAborted, IfMatch.Expected);
        if (written is { Events.Count: > 0, State.HasEnded: true }) Logs.Wake(Project, run);
        return written;
    }
}
