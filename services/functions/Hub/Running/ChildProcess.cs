using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Mesh.Hub.Running;

/// <summary>Runs a program for an item, its output going live to that of the job.</summary>
internal static class ChildProcess
{
    /// <summary>How long what the program left running may hold its output open.</summary>
    private static readonly TimeSpan Straggling = TimeSpan.FromSeconds(2);

    /// <summary>How long the program may take to end after a signal.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <returns>The exit code, and the last line of the errors that says something.</returns>
    /// <exception cref="HubFailure">It could not be started.</exception>
    public static async Task<(int Code, string? LastError)> RunAsync(Job job, IReadOnlyList<string> command, CancellationToken ct)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command.Skip(1))
            {
                WorkingDirectory = job.Folder,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = new UTF8Encoding(false),
                StandardErrorEncoding = new UTF8Encoding(false),
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new HubFailure($"The program '{command[0]}' could not be started: {e.Message}.");
        }

        process.StandardInput.Close();
        var last = new LastLine();
        var pumps = Task.WhenAll(PumpAsync(process.StandardOutput, job.Output, null), PumpAsync(process.StandardError, job.Errors, last));
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Whoever ends a job signals all of its processes; what has not ended by itself after a while is ended.
            using var grace = new CancellationTokenSource(Grace);
            await process.WaitForExitAsync(grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            throw;
        }

        await Task.WhenAny(pumps, Task.Delay(Straggling, ct));
        return (process.ExitCode, last.Text);
    }

    private static async Task PumpAsync(StreamReader from, TextWriter to, LastLine? last)
    {
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer) is var count and > 0)
        {
            var text = new string(buffer, 0, count);
            last?.Add(text);
            await to.WriteAsync(text);
            await to.FlushAsync();
        }
    }

    /// <summary>The last line that says something, of text that comes in parts.</summary>
    private sealed class LastLine
    {
        private const int Longest = 4096;
        private readonly Lock _gate = new();
        private string _end = "";

        public string? Text
        {
            get
            {
                lock (_gate) return _end.Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.Length > 0);
            }
        }

        public void Add(string text)
        {
            lock (_gate) _end = (_end + text) is { Length: > Longest } all ? all[^Longest..] : _end + text;
        }
    }
}
