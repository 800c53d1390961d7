using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>How one start of a gang ended by itself.</summary>
/// <param name="Failed">Who failed; null when it ended well.</param>
internal sealed record GangEnd(GangReplica? Failed, ExecutionEnd End);

/// <summary>
/// One start of a gang on this machine. All of its processes are started or none, and whatever ends it, by itself or from outside, no process of it is left. Where the machine lets it, it outlives this
/// service and is gone on with.
/// </summary>
internal sealed class Gang(AttemptExecution execution, GangPlan plan, GangLog log, JobUser? user, ProcessExecutor processes)
{
    private readonly GangFiles _files = new(execution.Folder.Gang);
    private readonly List<(GangProcess Process, RunningProcess Running)> _members = [];

    /// <summary>Starts it, and runs it to its end.</summary>
    /// <param name="variables">The variables of the whole gang.</param>
    /// <param name="start">All of the start but its ports.</param>
    /// <returns>Null when it was stopped.</returns>
    public async Task<GangEnd?> RunAsync(IReadOnlyDictionary<string, string> variables, GangStart start, CancellationToken stop)
    {
        using var ports = GangPorts.Take(GangAddresses.PortsOf(plan));
        start = start with { Ports = ports.Ports };
        if (KeptProcess.IsAvailable) await _files.BeginAsync(start);
        execution.Group?.Make(execution.Limits);
        return await FollowAsync(() => Start(variables, start, stop), stop);
    }

    /// <summary>Goes on with one that another service has started, and runs it to its end.</summary>
    /// <returns>Null when it was stopped.</returns>
    public async Task<GangEnd?> ResumeAsync(GangStart start, CancellationToken stop)
    {
        using var ports = GangPorts.TakeAgain(start.Ports);
        return await FollowAsync(Resume, stop);
    }

    private async Task<GangEnd?> FollowAsync(Func<(GangProcess Process, string Fault)?> begin, CancellationToken stop)
    {
        (GangProcess Process, string Fault)? missing = null;
        var tally = new GangTally(plan);
        var runsOn = false;
        try
        {
            missing = begin();
            if (missing is null) await WaitAsync(tally, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            runsOn = _members.Count == plan.Processes().Count && execution.IsToLeave();
            return null;
        }
        finally
        {
            await (runsOn ? LeaveAsync() : EndAsync());
            foreach (var (_, running) in _members) running.Dispose();
        }

        if (missing is { } absent) return new GangEnd(absent.Process.Replica, new ExecutionEnd(null, $"{absent.Process.Label}: {absent.Fault}"));
        if (tally.Failed is not { } failed) return new GangEnd(null, new ExecutionEnd(0, null));
        // What it wrote last is known now that its streams have been read to the end.
        var last = _members.First(member => member.Process == failed.Process).Running.LastErrorLine;
        return new GangEnd(failed.Process.Replica, new ExecutionEnd(failed.ExitCode, $"{failed.Process.Label}: {ProcessExecutor.CauseOf(failed.ExitCode, last)}"));
    }

    /// <summary>Starts all of them.</summary>
    /// <returns>The one that could not be started, and why.</returns>
    private (GangProcess Process, string Fault)? Start(IReadOnlyDictionary<string, string> variables, GangStart start, CancellationToken stop)
    {
        var mask = execution.Mask();
        var at = GangAddresses.On(plan, start.Ports);
        foreach (var process in plan.Processes())
        {
            stop.ThrowIfCancellationRequested();
            var own = new Dictionary<string, string>(variables, StringComparer.Ordinal);
            GangShare.Limit(own, plan, process, execution.Job.Policy?.Resources);
            foreach (var (name, value) in GangContract.Of(plan, process, at, execution.Job.Id, start.Restart)) own[name] = value;
            var (running, fault) = Start(process, own, mask);
            if (running is null) return (process, fault!);
            _members.Add((process, running));
        }

        return null;
    }

    private (RunningProcess? Process, string? Fault) Start(GangProcess process, Dictionary<string, string> variables, SecretMask mask)
    {
        var (command, folder, write) = (process.Replica.Command, execution.Folder.Work, WriterOf(process));
        return KeptProcess.IsAvailable
            ? KeptProcess.Start(command, variables, folder, user, _files.Of(process), write, mask, execution.Group)
            : SessionProcess.Start(command, variables, folder, user, write, mask);
    }

    private (GangProcess Process, string Fault)? Resume()
    {
        var mask = execution.Mask();
        foreach (var process in GangLeft.InOrder(plan, _files).ToList())
        {
            if (KeptProcess.Resume(execution.Mark, _files.Of(process), WriterOf(process), mask) is not { } running) return (process, "The process was gone when the service came back.");
            _members.Add((process, running));
        }

        return null;
    }

    private Action<string> WriterOf(GangProcess process) => text => log.Write(process.Label, text);

    /// <summary>Waits until the gang has done its work, or one of it has failed.</summary>
    private async Task WaitAsync(GangTally tally, CancellationToken stop)
    {
        await foreach (var ended in Task.WhenEach(_members.Select(member => EndOfAsync(member.Process, member.Running, stop))))
        {
            var (process, code) = await ended;
            tally.Take(process, code);
            if (tally.IsOver) return;
        }
    }

    private static async Task<(GangProcess Process, int ExitCode)> EndOfAsync(GangProcess process, RunningProcess running, CancellationToken stop) => (process, await running.WaitAsync(stop));

    private Task LeaveAsync() => Task.WhenAll(_members.Select(member => member.Running).OfType<KeptProcess>().Select(kept => kept.LeaveAsync()));

    private async Task EndAsync()
    {
        if (!await processes.EndAsync(execution, [.. _members.Select(member => member.Running)])) log.Note("Some of its processes could not be ended: they hang in the kernel.");
        await Task.WhenAll(_members.Select(member => member.Running.CloseAsync()));
    }
}
