using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Distributed;

/// <summary>What a service that is gone has left of a gang.</summary>
internal static class GangLeft
{
    /// <summary>Finds a gang that can be gone on with: of each of its processes there is the keeper, or the exit code. Null if there is none.</summary>
    public static LeftAttempt? Find(Job job, int attempt, AttemptFolder folder)
    {
        var files = new GangFiles(folder.Gang);
        if (!KeptProcess.IsAvailable || job.Work.Distributed is not { } distributed || files.Read() is not { } start) return null;
        var mark = new ProcessMark(job.Id, attempt);
        var plan = GangPlan.Of(distributed, job.Work.Command, start.HasMpirun).After(start.Failed);
        var tally = new GangTally(plan);
        IReadOnlyDictionary<string, string>? environment = null;
        foreach (var process in InOrder(plan, files))
        {
            var keeper = KeptProcess.FindKeeper(mark, files.Of(process));
            if (files.Of(process).ReadExit() is { } code) tally.Take(process, code);
            else if (keeper is null) return null;
            if (environment is null && keeper is { } alive && ProcessTable.EnvironmentOf(alive.Id) is { } own) environment = WholeOf(JobUser.Unwrap(own), job, plan, process, start);
        }

        // A gang that is to be started again takes the time that is left, as one that runs does.
        var hasEnded = tally.IsOver && (tally.Failed is null || start.Restart >= plan.MaxRestarts);
        if (environment is not null) return new LeftAttempt(environment, hasEnded);
        return hasEnded ? new LeftAttempt(new Dictionary<string, string>(), hasEnded) : null;
    }

    /// <summary>The processes of a gang in the order in which they have ended, those that run last.</summary>
    public static IEnumerable<GangProcess> InOrder(GangPlan plan, GangFiles files) =>
        plan.Processes().OrderBy(process => File.Exists(files.Of(process).Exit) ? File.GetLastWriteTimeUtc(files.Of(process).Exit) : DateTime.MaxValue);

    /// <summary>The variables of the whole gang, from those of one process.</summary>
    private static Dictionary<string, string> WholeOf(Dictionary<string, string> variables, Job job, GangPlan plan, GangProcess process, GangStart start)
    {
        foreach (var name in GangShare.Names.Concat(GangContract.Of(plan, process, GangAddresses.On(plan, start.Ports), job.Id, start.Restart).Keys)) variables.Remove(name);
        foreach (var (name, value) in start.Whole) variables[name] = value;
        return variables;
    }
}
