using Mesh.Functions.Catalogue;
using Mesh.Functions.Profiles;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Execution;

/// <summary>
/// Runs an attempt as a child process of this service: without a shell, in a session of its own, with nothing of the service's environment but a
/// few variables. Its end takes the whole tree with it, however it comes.
/// </summary>
internal sealed class ProcessExecutor(HubCatalogue hub, IOptions<FunctionsOptions> options) : IExecutor
{
    public bool StagesHere => true;

    public bool Serves(Profile profile) => profile.IsLocal;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) return null;
        var command = execution.Job.Work.Item is { } item ? hub.CommandOf(item) : execution.Job.Work.Command;
        var (started, fault) = SessionProcess.Start(
            command, execution.Environment, execution.Folder.Work, options.Value.RunsAs, execution.Output.Write, execution.Mask());
        if (started is null) return new ExecutionEnd(null, fault);
        using var process = started;
        var ended = true;
        try
        {
            await process.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            ended = false;
        }

        // Also after its own end: what it left running in the background belongs to the attempt and ends with it.
        if (!await new ProcessTree(execution.Mark, process.Session).EndAsync(options.Value.Grace))
            execution.Output.Note("Some of its processes could not be ended: they hang in the kernel.");
        await process.CloseAsync();
        if (!ended) return null;
        var cause = CauseOf(process.ExitCode, process.LastErrorLine);
        if (cause is not null && execution.Output.Fault is { } lost) cause += $"; its output could not be kept: {lost}";
        return new ExecutionEnd(process.ExitCode, cause);
    }

    public async Task EndLeftoversAsync(Profile profile, string jobId, int next, CancellationToken ct)
    {
        foreach (var mark in ProcessTree.FindMarks().Where(m => m.JobId == jobId && m.Attempt < next))
        {
            ct.ThrowIfCancellationRequested();
            await new ProcessTree(mark, null).EndAsync(options.Value.Grace);
        }
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
