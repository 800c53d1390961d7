using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Distributed;

/// <summary>
/// Runs distributed jobs on this machine: every replica as processes beside one another, told of the others as on a cluster. The gang is one attempt; within it, it is started
/// again as a whole when one of it fails, as often as its definition says, and finds its checkpoints.
/// </summary>
internal sealed class DistributedExecutor(ProcessExecutor processes, IOptions<FunctionsOptions> options) : IExecutor
{
    public bool StagesHere => true;

    public bool Serves(Profile profile) => profile.IsLocal;

    public bool Runs(Profile profile, Job job, FunctionContent? content) => profile.IsLocal && job.Work.Distributed is not null;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var user = options.Value.RunsAs;
        var variables = new Dictionary<string, string>(execution.Environment, StringComparer.Ordinal)
        {
            [GangContract.Checkpoint] = await execution.Folder.PrepareCheckpointAsync(stop),
        };
        var plan = await PlanAsync(execution, variables, stop);
        var log = new GangLog(execution.Output);
        for (var restart = 0; ; restart++)
        {
            var end = await new Gang(execution, plan, variables, log, user, options.Value.Grace).RunAsync(restart, stop);
            if (end is null) return null;
            if (end.Failed is null) return end.End;
            // What cannot be started could not be started again either.
            if (end.End.ExitCode is null || restart >= plan.MaxRestarts) return Told(execution, end.End, restart);
            var next = plan.After(end.Failed);
            var fewer = next.Replicas.Count < plan.Replicas.Count ? $", with {next.Replicas.Count} replicas," : "";
            log.Note($"{end.End.Cause}. The gang is started again{fewer} from its checkpoint: {restart + 1} of {plan.MaxRestarts}.");
            plan = next;
        }
    }

    public Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct) => processes.EndLeftoversAsync(profile, jobId, next, ct);

    /// <summary>The end of a gang, with what else is to be said of it.</summary>
    public static ExecutionEnd Told(AttemptExecution execution, ExecutionEnd end, int restarts)
    {
        var cause = restarts == 0 ? end.Cause : $"{end.Cause}; the gang had been started again {restarts} {(restarts == 1 ? "time" : "times")}";
        return end with { Cause = execution.Output.Fault is { } lost ? $"{cause}; its output could not be kept: {lost}" : cause };
    }

    private static async Task<GangPlan> PlanAsync(AttemptExecution execution, Dictionary<string, string> variables, CancellationToken ct)
    {
        var (distributed, command) = (execution.Job.Work.Distributed!, execution.Job.Work.Command);
        if (distributed.Framework != TrainingFramework.Mpi) return GangPlan.Of(distributed, command);
        var hasMpirun = Programs.Find(MpiLaunch.Program, variables.GetValueOrDefault("PATH"), execution.Folder.Work).Path is not null;
        var plan = MpiLaunch.PlanOf(distributed, command, hasMpirun);
        if (plan.Replicas[0].Role != "launcher") return plan;
        var slots = MpiLaunch.RanksOf(distributed);
        var own = Directory.CreateDirectory(Path.Combine(execution.Folder.Work, Staged.Own)).FullName;
        var (openMpi, hydra) = (Path.Combine(own, "hostfile"), Path.Combine(own, "hostfile.hydra"));
        await File.WriteAllTextAsync(openMpi, MpiLaunch.HostsOf(slots, forHydra: false), ct);
        await File.WriteAllTextAsync(hydra, MpiLaunch.HostsOf(slots, forHydra: true), ct);
        foreach (var (name, value) in MpiLaunch.VariablesOf(openMpi, hydra, slots)) variables[name] = value;
        return plan;
    }
}
