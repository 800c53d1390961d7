using Mesh.Functions.Code;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Distributed;

/// <summary>
/// Runs distributed jobs on this machine: every replica as processes beside one another, told of the others as on a cluster. The gang is one attempt; within it, it is started
/// again as a whole when one of it fails, as often as its definition says, and finds its checkpoints.
/// </summary>
internal sealed class DistributedExecutor(ProcessExecutor processes, IOptions<FunctionsOptions> options) : IExecutor
{
    public bool StagesHere => true;

    public bool OutlivesService => KeptProcess.IsAvailable;

    public bool Serves(Profile profile) => profile.IsLocal;

    public bool Runs(Profile profile, Job job, FunctionContent? content) => profile.IsLocal && job.Work.Distributed is not null;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var left = execution.IsLeft ? new GangFiles(execution.Folder.Gang).Read() : null;
        if (execution.IsLeft && left is null) return new ExecutionEnd(null, "The gang was gone when the service came back.");
        var variables = new Dictionary<string, string>(execution.Environment, StringComparer.Ordinal)
        {
            [GangContract.Checkpoint] = await execution.Folder.PrepareCheckpointAsync(stop),
        };
        var hasMpirun = left?.HasMpirun ?? Programs.Find(MpiLaunch.Program, variables.GetValueOrDefault("PATH"), execution.Folder.Work).Path is not null;
        var failed = new List<int>(left?.Failed ?? []);
        var plan = GangPlan.Of(execution.Job.Work.Distributed!, execution.Job.Work.Command, hasMpirun).After(failed);
        if (plan.Replicas[0].Role == "launcher") await LayOutHostsAsync(execution, variables, stop);
        var whole = GangShare.Names.Where(variables.ContainsKey).ToDictionary(name => name, name => variables[name]);
        var log = new GangLog(execution.Output);
        for (var restart = left?.Restart ?? 0; ; restart++)
        {
            var gang = new Gang(execution, plan, log, options.Value.RunsAs, processes);
            var end = left is null ? await gang.RunAsync(variables, new GangStart(restart, hasMpirun, [], failed, whole), stop) : await gang.ResumeAsync(left, stop);
            left = null;
            if (end is null) return null;
            if (end.Failed is null) return end.End;
            if (ProcessExecutor.OverLimit(execution, end.End.Cause!) is { } over) return over with { ExitCode = end.End.ExitCode };
            // What cannot be started could not be started again either.
            if (end.End.ExitCode is null || restart >= plan.MaxRestarts) return Told(execution, end.End, restart);
            failed.Add(plan.Replicas.ToList().IndexOf(end.Failed));
            var next = plan.After(end.Failed);
            var fewer = next.Replicas.Count < plan.Replicas.Count ? $", with {next.Replicas.Count} replicas," : "";
            log.Note($"{end.End.Cause}. The gang is started again{fewer} from its checkpoint: {restart + 1} of {plan.MaxRestarts}.");
            plan = next;
        }
    }

    public Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, AttemptFolder folder, CancellationToken ct) => Task.FromResult(GangLeft.Find(job, key.Attempt, folder));

    public Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct) => processes.EndLeftoversAsync(profile, jobId, next, ct);

    /// <summary>The end of a gang, with what else is to be said of it.</summary>
    public static ExecutionEnd Told(AttemptExecution execution, ExecutionEnd end, int restarts)
    {
        var cause = restarts == 0 ? end.Cause : $"{end.Cause}; the gang had been started again {restarts} {(restarts == 1 ? "time" : "times")}";
        return end with { Cause = execution.Output.Fault is { } lost ? $"{cause}; its output could not be kept: {lost}" : cause };
    }

    /// <summary>Tells the launcher of MPI where its ranks go. Where a job has run already, what it finds in its folder is its own.</summary>
    private static async Task LayOutHostsAsync(AttemptExecution execution, Dictionary<string, string> variables, CancellationToken ct)
    {
        var slots = MpiLaunch.RanksOf(execution.Job.Work.Distributed!);
        var own = Path.Combine(execution.Folder.Work, Staged.Own);
        var (openMpi, hydra) = (Path.Combine(own, "hostfile"), Path.Combine(own, "hostfile.hydra"));
        foreach (var (name, value) in MpiLaunch.VariablesOf(openMpi, hydra, slots)) variables[name] = value;
        if (execution.IsLeft) return;
        Directory.CreateDirectory(own);
        await File.WriteAllTextAsync(openMpi, MpiLaunch.HostsOf(slots, forHydra: false), ct);
        await File.WriteAllTextAsync(hydra, MpiLaunch.HostsOf(slots, forHydra: true), ct);
    }
}
