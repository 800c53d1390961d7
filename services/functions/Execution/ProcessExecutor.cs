using Mesh.Functions.Catalogue;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Execution;

/// <summary>
/// Runs an attempt as a child process of this service: without a shell, in a session of its own, with nothing of the service's environment but a
/// few variables. Its end takes the whole tree with it, however it comes. Where the machine lets it, the process outlives this service and is gone on with.
/// </summary>
internal sealed class ProcessExecutor(HubCatalogue hub, ControlGroups groups, IOptions<FunctionsOptions> options) : IExecutor
{
    public bool StagesHere => true;

    public bool OutlivesService => KeptProcess.IsAvailable;

    public bool Serves(Profile profile) => profile.IsLocal;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        if (stop.IsCancellationRequested && !execution.IsLeft) return null;
        var (process, fault) = Start(execution);
        if (process is null)
        {
            if (execution.IsLeft || execution.Group is not null) await groups.EndLeftoversAsync(execution.Mark, options.Value.Grace);
            return new ExecutionEnd(null, fault);
        }

        using (process) return await FollowAsync(execution, process, stop);
    }

    public Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, AttemptFolder folder, CancellationToken ct) => Task.FromResult(FindLeft(job, key.Attempt, folder));

    private static LeftAttempt? FindLeft(Job job, int attempt, AttemptFolder folder)
    {
        if (!KeptProcess.IsAvailable || !File.Exists(folder.Files.Out)) return null;
        var hasEnded = folder.Files.ReadExit() is not null;
        var begunAt = folder.Files.ReadBegun();
        if (KeptProcess.FindKeeper(new ProcessMark(job.Id, attempt), folder.Files) is not { } keeper)
            return hasEnded ? new LeftAttempt(new Dictionary<string, string>(), hasEnded) { BegunAt = begunAt } : null;
        return ProcessTable.EnvironmentOf(keeper.Id) is { } environment ? new LeftAttempt(JobUser.Unwrap(environment), hasEnded) { BegunAt = begunAt } : null;
    }

    public async Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct)
    {
        foreach (var mark in groups.FindLeftovers().Where(m => m.JobId == jobId && m.Attempt < next))
        {
            ct.ThrowIfCancellationRequested();
            await groups.EndLeftoversAsync(mark, options.Value.Grace);
        }
    }

    private async Task<ExecutionEnd?> FollowAsync(AttemptExecution execution, RunningProcess process, CancellationToken stop)
    {
        int? code = null;
        var runsOn = false;
        try
        {
            code = await process.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            runsOn = execution.IsToLeave();
        }
        finally
        {
            // Also after its own end: what it left running in the background belongs to the attempt and ends with it.
            if (!runsOn && !await EndAsync(execution, process)) execution.Output.Note("Some of its processes could not be ended: they hang in the kernel.");
        }

        if (!runsOn && process.Keeper is { } keeper) execution.HasWaited(keeper);
        if (runsOn && process is KeptProcess kept) await kept.LeaveAsync();
        else await process.CloseAsync();
        if (code is null) return null;
        var cause = CauseOf(code.Value, process.LastErrorLine);
        if (cause is not null && OverLimit(execution, cause) is { } over)
        {
            execution.Output.Note($"{over.Cause}.");
            return over with { ExitCode = code };
        }

        if (cause is not null && execution.Output.Fault is { } lost) cause += $"; its output could not be kept: {lost}";
        return new ExecutionEnd(code, cause);
    }

    /// <summary>Ends all of an attempt: what is in its group, or what the sessions of its processes and its marks show. Their keepers stay if they can.</summary>
    /// <returns>False if some could not be ended.</returns>
    internal async Task<bool> EndAsync(AttemptExecution execution, params IReadOnlyCollection<RunningProcess> processes)
    {
        var grace = execution.IsToKill() ? TimeSpan.Zero : options.Value.Grace;
        if (execution.Group is { Exists: true } group) return await group.EndAsync(grace);
        int[] keepers = [.. processes.Select(process => process.Keeper).OfType<int>()];
        var ended = await Task.WhenAll(processes.Select(process => process.Session).DefaultIfEmpty().Select(session => new ProcessTree(execution.Mark, session).EndAsync(grace, keepers)));
        return ended.All(all => all);
    }

    /// <summary>The end of an attempt that failed because it came to a limit of its group; null if it did not.</summary>
    internal static ExecutionEnd? OverLimit(AttemptExecution execution, string cause) => execution.Group?.Last switch
    {
        { IsOutOfMemory: true } => new ExecutionEnd(null, execution.Limits.MemoryExceeded) { Code = CauseCode.MemoryLimit },
        { IsOutOfProcesses: true } => new ExecutionEnd(null, $"{execution.Limits.ProcessesExceeded}: {cause}") { Code = CauseCode.ProcessLimit },
        _ => null,
    };

    private (RunningProcess? Process, string? Fault) Start(AttemptExecution execution)
    {
        var (environment, folder, output) = (execution.Environment, execution.Folder, execution.Output);
        if (execution.IsLeft)
            return KeptProcess.Resume(execution.Mark, folder.Files, output.Write, execution.Mask()) is { } left ? (left, null) : (null, "The process was gone when the service came back.");
        var command = execution.Job.Work.Item is { } item ? hub.CommandOf(item) : execution.Job.Work.Command;
        execution.Group?.Make(execution.Limits);
        return KeptProcess.IsAvailable
            ? KeptProcess.Start(command, environment, folder.Work, options.Value.RunsAs, folder.Files, output.Write, execution.Mask(), execution.Group)
            : SessionProcess.Start(command, environment, folder.Work, options.Value.RunsAs, output.Write, execution.Mask());
    }

    /// <summary>The sentence that says why a process failed; null for exit code 0.</summary>
    internal static string? CauseOf(int exitCode, string? lastLine)
    {
        if (exitCode == 0) return null;
        var code = CodeOf(exitCode);
        return lastLine is null ? $"The command failed and wrote nothing to stderr ({code})" : $"{lastLine} ({code})";
    }

    /// <summary>An exit code in words, with the signal that it stands for.</summary>
    internal static string CodeOf(int exitCode) => (exitCode - 128) switch
    {
        1 => $"exit code {exitCode}, SIGHUP",
        2 => $"exit code {exitCode}, SIGINT",
        6 => $"exit code {exitCode}, SIGABRT",
        9 => $"exit code {exitCode}, SIGKILL: perhaps out of memory",
        11 => $"exit code {exitCode}, SIGSEGV",
        15 => $"exit code {exitCode}, SIGTERM",
        _ => $"exit code {exitCode}",
    };
}
