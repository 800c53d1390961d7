using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>How one start of a gang ended by itself.</summary>
/// <param name="Failed">Who failed; null when it ended well.</param>
internal sealed record GangEnd(GangReplica? Failed, ExecutionEnd End);

/// <summary>
/// One start of a gang on this machine. All of its processes are started or none, and whatever ends it, by itself or from outside, no process of it is left.
/// </summary>
internal sealed class Gang(AttemptExecution execution, GangPlan plan, IReadOnlyDictionary<string, string> variables, GangLog log, JobUser? user, TimeSpan grace)
{
    private readonly List<(GangProcess Process, SessionProcess Running)> _members = [];

    /// <summary>Runs it to its end.</summary>
    /// <param name="restart">How often it was started before.</param>
    /// <returns>Null when it was stopped.</returns>
    public async Task<GangEnd?> RunAsync(int restart, CancellationToken stop)
    {
        using var ports = GangPorts.Take(GangAddresses.PortsOf(plan));
        (GangProcess Process, string Fault)? notStarted = null;
        (GangProcess Process, SessionProcess Running, int ExitCode)? ended = null;
        try
        {
            notStarted = Start(GangAddresses.On(plan, ports.Ports), restart, stop);
            if (notStarted is null) ended = await WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await EndAsync();
            foreach (var (_, running) in _members) running.Dispose();
        }

        if (notStarted is { } missing) return new GangEnd(missing.Process.Replica, new ExecutionEnd(null, $"{missing.Process.Label}: {missing.Fault}"));
        if (ended is not { } failed) return new GangEnd(null, new ExecutionEnd(0, null));
        // What it wrote last is known now that its streams have been read to the end.
        var cause = ProcessExecutor.CauseOf(failed.ExitCode, failed.Running.LastErrorLine);
        return new GangEnd(failed.Process.Replica, new ExecutionEnd(failed.ExitCode, $"{failed.Process.Label}: {cause}"));
    }

    /// <summary>Starts all of them.</summary>
    /// <returns>The one that could not be started, and why.</returns>
    private (GangProcess Process, string Fault)? Start(GangAddresses at, int restart, CancellationToken stop)
    {
        var mask = execution.Mask();
        foreach (var process in plan.Processes())
        {
            stop.ThrowIfCancellationRequested();
            var own = new Dictionary<string, string>(variables, StringComparer.Ordinal);
            GangShare.Limit(own, plan, process, execution.Job.Policy?.Resources);
            foreach (var (name, value) in GangContract.Of(plan, process, at, execution.Job.Id, restart)) own[name] = value;
            var (running, fault) = SessionProcess.Start(process.Replica.Command, own, execution.Folder.Work, user, text => log.Write(process.Label, text), mask);
            if (running is null) return (process, fault!);
            _members.Add((process, running));
        }

        return null;
    }

    /// <summary>Waits until the gang has done its work, or one of it has failed.</summary>
    /// <returns>Who failed; null if nobody did.</returns>
    private async Task<(GangProcess Process, SessionProcess Running, int ExitCode)?> WaitAsync(CancellationToken stop)
    {
        var left = _members.GroupBy(member => member.Process.Replica).ToDictionary(replica => replica.Key, replica => replica.Count());
        var well = new HashSet<GangReplica>();
        await foreach (var ended in Task.WhenEach(_members.Select(member => EndOfAsync(member.Process, member.Running, stop))))
        {
            var (process, running) = await ended;
            if (running.ExitCode is not 0 and var code) return (process, running, code);
            if (--left[process.Replica] > 0) continue;
            well.Add(process.Replica);
            if (plan.IsDone(well)) break;
        }

        return null;
    }

    private static async Task<(GangProcess Process, SessionProcess Running)> EndOfAsync(GangProcess process, SessionProcess running, CancellationToken stop)
    {
        await running.WaitAsync(stop);
        return (process, running);
    }

    private async Task EndAsync()
    {
        var ended = await Task.WhenAll(_members.Select(member => new ProcessTree(execution.Mark, member.Running.Session).EndAsync(grace)));
        if (!ended.All(all => all)) log.Note("Some of its processes could not be ended: they hang in the kernel.");
        await Task.WhenAll(_members.Select(member => member.Running.CloseAsync()));
    }
}
