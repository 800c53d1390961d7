using System.ComponentModel;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Jobs;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Execution;

/// <summary>
/// Runs an attempt as a child process of this service: without a shell, in a session of its own, with nothing of the service's environment but a
/// few variables. Its end takes the whole tree with it, however it comes. Where the machine lets it, the process outlives this service and is gone on with.
/// </summary>
internal sealed class ProcessExecutor(HubCatalogue hub, IOptions<FunctionsOptions> options) : IExecutor
{
    public bool OutlivesService => KeptProcess.IsAvailable;

    public bool Runs(Job job) => true;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var mask = new SecretMask(execution.Job.Secrets.Append(JobVariables.Token).Select(name => execution.Environment.GetValueOrDefault(name, "")));
        if (execution.IsLeft)
        {
            using var left = KeptProcess.Resume(execution.Mark, execution.Folder.Files, execution.Output, mask);
            return left is null ? new ExecutionEnd(null, "The process was gone when the service came back.") : await FollowAsync(execution, left, stop);
        }

        var command = execution.Job.Work.Item is { } item ? hub.CommandOf(item) : execution.Job.Work.Command;
        var (program, fault) = Programs.Find(command[0], execution.Environment.GetValueOrDefault("PATH"), execution.Folder.Work);
        if (program is null) return new ExecutionEnd(null, fault);
        if (stop.IsCancellationRequested) return null;
        try
        {
            using var process = RunningProcess.Start(Describe(execution, program, command.Skip(1)), execution.Output, mask);
            return await FollowAsync(execution, process, stop);
        }
        catch (Win32Exception e)
        {
            return new ExecutionEnd(null, $"The program '{command[0]}' could not be started: {e.Message}.");
        }
    }

    public LeftAttempt? FindLeft(string jobId, int attempt, AttemptFolder folder)
    {
        if (!KeptProcess.IsAvailable || !File.Exists(folder.Files.Out)) return null;
        var hasEnded = folder.Files.ReadExit() is not null;
        if (KeptProcess.FindKeeper(new ProcessMark(jobId, attempt), folder.Files) is not { } keeper)
            return hasEnded ? new LeftAttempt(new Dictionary<string, string>(), hasEnded) : null;
        return ProcessTable.EnvironmentOf(keeper.Id) is { } environment ? new LeftAttempt(JobUser.Unwrap(environment), hasEnded) : null;
    }

    public async Task EndLeftoversAsync(string jobId, int next, CancellationToken ct)
    {
        foreach (var mark in ProcessTree.FindMarks().Where(m => m.JobId == jobId && m.Attempt < next))
        {
            ct.ThrowIfCancellationRequested();
            await new ProcessTree(mark, null).EndAsync(options.Value.Grace);
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
            if (!runsOn && !await new ProcessTree(execution.Mark, process.Session).EndAsync(options.Value.Grace, process.Session))
                execution.Output.Note("Some of its processes could not be ended: they hang in the kernel.");
        }

        if (runsOn) await process.LeaveAsync();
        else await process.CloseAsync();
        if (code is null) return null;
        var cause = CauseOf(code.Value, process.LastError);
        if (cause is not null && execution.Output.Fault is { } lost) cause += $"; its output could not be kept: {lost}";
        return new ExecutionEnd(code, cause);
    }

    /// <summary>The sentence that says why a process failed; null for exit code 0.</summary>
    internal static string? CauseOf(int exitCode, string? lastLine)
    {
        if (exitCode == 0) return null;
        var code = (exitCode - 128) switch
        {
            1 => $"exit code {exitCode}, SIGHUP",
            2 => $"exit code {exitCode}, SIGINT",
            6 => $"exit code {exitCode}, SIGABRT",
            9 => $"exit code {exitCode}, SIGKILL: perhaps out of memory",
            11 => $"exit code {exitCode}, SIGSEGV",
            15 => $"exit code {exitCode}, SIGTERM",
            _ => $"exit code {exitCode}",
        };
        return lastLine is null ? $"The command failed and wrote nothing to stderr ({code})" : $"{lastLine} ({code})";
    }

    private ProcessStart Describe(AttemptExecution execution, string program, IEnumerable<string> arguments)
    {
        var (command, environment) = ((IReadOnlyList<string>)[program, .. arguments], execution.Environment);
        if (options.Value.RunsAs is { } user) (command, environment) = user.Wrap(command, environment);
        return new ProcessStart(command, environment, execution.Folder.Work, execution.Folder.Files);
    }
}
