using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Inputs;
using Mesh.Tracking.Logs;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Runs;

namespace Mesh.Tracking.Mlflow;

/// <summary>Carries out what calls of the protocol ask of runs, and refuses in its words.</summary>
internal sealed class MlflowWriter(ITrackingStore store, RunReader runs, MetricReader summaries, LogSignal logs, TimeProvider clock)
{
    /// <summary>A run, deleted or not.</summary>
    public async Task<Run> FindAsync(string project, Guid run, CancellationToken ct) =>
        await runs.FindAnyAsync(project, run, ct) ?? throw MlflowRefusal.NoRun(MlflowIds.Of(run));

    /// <summary>A run that takes changes.</summary>
    public async Task<Run> FindActiveAsync(string project, Guid run, CancellationToken ct)
    {
        var found = await FindAsync(project, run, ct);
        return found.Deleted ? throw Deleted(run) : found;
    }

    /// <summary>Decides all commands on a run and appends what happened, or refuses all.</summary>
    /// <param name="inputs">Data sets that belong into the transaction.</param>
    public async Task<Run> WriteAsync(
        Caller caller, string project, Guid run, IReadOnlyList<RunCommand> commands, CancellationToken ct, IReadOnlyList<RunInput>? inputs = null)
    {
        var ends = commands.Any(command => command is RunCommand.Complete or RunCommand.Fail or RunCommand.ConfirmAbort);
        var metrics = ends ? await summaries.SummariesAsync(project, run, ct) : null;
        var experiment = 0L;
        var written = await store.WriteAsync<Run, RunEvent>(
            caller, project, run.ToString(),
            state =>
            {
                experiment = state?.ExperimentId ?? 0;
                return metrics is null ? RunDecider.DecideAll(commands, state, clock.GetUtcNow()) : RunDecider.DecideAllToEnd(commands, metrics, state, clock.GetUtcNow());
            },
            ct, alongside: inputs is null ? null : (session, _) => RunInputs.Store(session, project, experiment, run, inputs));
        if (written.Rejected is { } rejected)
        {
            if (rejected.Code != RunDecider.Unknown.Code) throw MlflowRefusal.Of(rejected);
            await FindAsync(project, run, ct);
            throw Deleted(run);
        }

        if (written is { Events.Count: > 0, State.HasEnded: true }) logs.Wake(project, run);
        return written.State!;
    }

    private static Exception Deleted(Guid run) => MlflowRefusal.Invalid($"The run {MlflowIds.Of(run)} must be in the 'active' state. Current state is deleted.");
}
