using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Code;

/// <summary>What a tool did.</summary>
/// <param name="Lines">The last lines that it printed, on either stream.</param>
internal sealed record ToolEnd(int Code, string Output, IReadOnlyList<string> Lines)
{
    /// <summary>The last line that says something.</summary>
    public string LastLine => Lines.LastOrDefault(line => !string.IsNullOrWhiteSpace(line))?.Trim() ?? "it said nothing";
}

/// <summary>Runs tools of the machine, such as git and pip, with a given environment and nothing else. A stop ends the tool and all that it started.</summary>
internal static class Tool
{
    private const int Kept = 200;

    /// <summary>Variables that tools need to run at all.</summary>
    public static Dictionary<string, string> Environment(string? home = null)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SystemRoot"])
            if (System.Environment.GetEnvironmentVariable(name) is { } value) variables[name] = value;
        if (home is not null) variables["HOME"] = home;
        return variables;
    }

    /// <param name="said">Told of each line.</param>
    /// <exception cref="AttemptFailedException">The tool could not be started.</exception>
    public static async Task<ToolEnd> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, Action<string>? said, CancellationToken ct)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        info.Environment.Clear();
        foreach (var (name, value) in environment) info.Environment[name] = value;
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new AttemptFailedException($"The program '{command[0]}' could not be started on the worker: {e.Message}.");
        }

        process.StandardInput.Close();
        var (output, lines) = (new StringBuilder(), new Queue<string>());
        void Take(string line, bool isOutput)
        {
            lock (lines)
            {
                if (isOutput) output.Append(line).Append('\n');
                if (lines.Count == Kept) lines.Dequeue();
                lines.Enqueue(line);
                said?.Invoke(line);
            }
        }

        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, line => Take(line, true)), ReadAsync(process.StandardError, line => Take(line, false)));
        try
        {
            await process.WaitForExitAsync(ct);
            await reading.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return new ToolEnd(process.ExitCode, output.ToString(), [.. lines]);
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync() is { } text) line(text);
    }
}
