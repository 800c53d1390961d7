using System.ComponentModel;
using System.Diagnostics;
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
    private static readonly TimeSpan StreamsClose = TimeSpan.FromSeconds(5);

    // Puts the command into a session of its own and becomes it, so that the process id stays.
    private static readonly string? NewSession = OperatingSystem.IsLinux()
        ? Programs.Find("setsid", Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/bin", "/").Path
        : null;

    public bool StagesHere => true;

    public bool Serves(Profile profile) => profile.IsLocal;

    public async Task<ExecutionEnd?> RunAsync(AttemptExecution execution, CancellationToken stop)
    {
        var command = execution.Job.Work.Item is { } item ? hub.CommandOf(item) : execution.Job.Work.Command;
        var (program, fault) = Programs.Find(command[0], execution.Environment.GetValueOrDefault("PATH"), execution.Folder.Work);
        if (program is null) return new ExecutionEnd(null, fault);
        using var process = new Process { StartInfo = Describe(execution, program, command.Skip(1)) };
        if (stop.IsCancellationRequested) return null;
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new ExecutionEnd(null, $"The program '{command[0]}' could not be started: {e.Message}.");
        }

        var tree = new ProcessTree(execution.Mark, NewSession is null ? null : process.Id);
        using var streams = new CancellationTokenSource();
        var mask = new SecretMask(execution.Job.Secrets.Append(JobVariables.Token).Select(name => execution.Environment.GetValueOrDefault(name, "")));
        var stdout = new LineReader(process.StandardOutput.BaseStream, execution.Output, mask);
        var stderr = new LineReader(process.StandardError.BaseStream, execution.Output, mask);
        var reading = Task.WhenAll(stdout.RunAsync(streams.Token), stderr.RunAsync(streams.Token));
        process.StandardInput.Close();

        var ended = true;
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            ended = false;
        }

        // Also after its own end: what it left running in the background belongs to the attempt and ends with it.
        if (!await tree.EndAsync(options.Value.Grace)) execution.Output.Note("Some of its processes could not be ended: they hang in the kernel.");
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        if (await Task.WhenAny(reading, Task.Delay(StreamsClose, CancellationToken.None)) != reading) await streams.CancelAsync();
        await Task.WhenAny(reading, Task.Delay(StreamsClose, CancellationToken.None));
        if (!ended) return null;
        var cause = CauseOf(process.ExitCode, stderr.LastLine);
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

    private ProcessStartInfo Describe(AttemptExecution execution, string program, IEnumerable<string> arguments)
    {
        var (command, environment) = ((IReadOnlyList<string>)[program, .. arguments], execution.Environment);
        if (options.Value.RunsAs is { } user) (command, environment) = user.Wrap(command, environment);
        if (NewSession is not null) command = [NewSession, .. command];
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = execution.Folder.Work,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        foreach (var (name, value) in environment) info.Environment[name] = value;
        return info;
    }
}
