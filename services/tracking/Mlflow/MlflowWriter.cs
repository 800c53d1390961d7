using Marten;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Store;
using Mesh.Tracking.Inputs;
using Mesh.Tracking.Logs;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Metrics.Live;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Mlflow;

/// <summary>Carries out what calls of the protocol ask of runs, and refuses in its words.</summary>
internal sealed class MlflowWriter(
    ITrackingStore store, RunReader runs, MetricReader summaries, MetricWriter metrics, LogSignal logs, MetricSignal signal, TimeProvider clock)
{
    /// <summary>A run, deleted or not.</summary>
    public async Task<Run> FindAsync(string project, Guid run, CancellationToken ct) =>
        await runs.FindAnyAsync(project, run, ct) ?? throw TrackingRefusal.NoRun(MlflowIds.Of(run));

    /// <summary>A run that takes changes.</summary>
    public async Task<Run> FindActiveAsync(string project, Guid run, CancellationToken ct)
    {
        var found = await FindAsync(project, run, ct);
        return found.Deleted ? throw Deleted(run) : found;
    }

    /// <summary>Decides all commands on a run and appends what happened, or refuses all.</summary>
    /// <param name="inputs">Data sets that belong into the transaction.</param>
    public async Task<Run> WriteAsync(
        Caller caller, string project, Guid run, IReadOnlyList<RunCommand> commands, CancellationToken ct, IReadOnlyList<RunInput>? inputs = null) =>
        (await AppendAsync(
            caller, project, run, commands,
            (session, experiment) =>
            {
                if (inputs is not null) RunInputs.Store(session, project, experiment, run, inputs);
            },
            ct)).State!;

    /// <summary>Stores points, durable when it returns, or refuses all.</summary>
    public async Task LogAsync(MetricBatch points, CancellationToken ct)
    {
        if (await metrics.WriteAsync(points, ct) is not { } rejected) return;
        // Says which of both it is: unknown, or deleted.
        if (rejected.Code == RunDecider.Unknown.Code) await FindActiveAsync(points.Project, points.Run, ct);
        throw TrackingRefusal.Of(rejected);
    }

    /// <summary>Does both in one transaction, or neither.</summary>
    public async Task LogAsync(Caller caller, MetricBatch points, IReadOnlyList<RunCommand> commands, CancellationToken ct)
    {
        Written<Run, RunEvent> written;
        try
        {
            written = await AppendAsync(caller, points.Project, points.Run, commands, (session, _) => PointsAlongside.Join(session, points, signal), ct);
        }
        catch (SeriesLimitException)
        {
            throw TrackingRefusal.Of(MetricRejections.TooMany);
        }

        // The run had all that before: there was no transaction.
        if (written.Events.Count == 0) await LogAsync(points, ct);
    }

    private async Task<Written<Run, RunEvent>> AppendAsync(
        Caller caller, string project, Guid run, IReadOnlyList<RunCommand> commands, Action<IDocumentSession, long> alongside, CancellationToken ct)
    {
        var ends = commands.Any(command => command is RunCommand.Complete or RunCommand.Fail or RunCommand.ConfirmAbort);
        var known = ends ? await summaries.SummariesAsync(project, run, ct) : null;
        var experiment = 0L;
        var written = await store.WriteAsync<Run, RunEvent>(
            caller, project, run.ToString(),
            state =>
            {
                experiment = state?.ExperimentId ?? 0;
                return known is null ? RunDecider.DecideAll(commands, state, clock.GetUtcNow()) : RunDecider.DecideAllToEnd(commands, known, state, clock.GetUtcNow());
            },
            ct, alongside: (session, _) => alongside(session, experiment));
        if (written.Rejected is { } rejected)
        {
            if (rejected.Code != RunDecider.Unknown.Code) throw TrackingRefusal.Of(rejected);
            await FindAsync(project, run, ct);
            throw Deleted(run);
        }

        if (written is { Events.Count: > 0, State.HasEnded: true }) logs.Wake(project, run);
        return written;
    }

    private static Exception Deleted(Guid run) => MlflowRefusal.Invalid($"The run {MlflowIds.Of(run)} must be in the 'active' state. Current state is deleted.");
}
