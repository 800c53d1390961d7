using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Hub.Running;

namespace Mesh.Hub.Shell;

/// <summary>
/// Runs a command line in the working folder of the job, with the job's environment. The command reaches the shell as one argument and nothing is put into
/// it: other values come as arguments of their own.
/// </summary>
internal sealed class ShellItem : IHubRunner
{
    private const string NoShell = "none";

    /// <summary>How long what the command left running may hold its output open.</summary>
    private static readonly TimeSpan Straggling = TimeSpan.FromSeconds(2);

    /// <summary>How long the command may take to end after a signal.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public HubItem Item { get; } = new(
        "shell", "Runs a command line or a script of the shell, and keeps files that it made.",
        [
            new HubParam("command", "text", "What to run: a script of the shell, or a program and its arguments where shell is none.", Required: true),
            new HubParam("shell", "choice", "sh, bash, or none: then blanks part the words of the command, '…' and \"…\" hold words together, and nothing else is special.", Default: "sh", Choices: ["sh", "bash", NoShell]),
            new HubParam("arguments", "text", "Words that the script finds as $1, $2, …, parted as those of a command without a shell. They are never read as code."),
            new HubParam("outputs", "list", "Files or folders of the working folder to keep when it has ended well: name=path, or name=path:kind."),
        ],
        ["artifact {name} for each of outputs"])
    {
        Version = "1.0.0",
        Kind = FunctionKind.Hub,
        Categories = ["tools"],
        Inputs = ["files that the command fetches, and $MESH_INPUT_… of a function of this item"],
        Example = new HubExample(new Dictionary<string, string>
        {
            ["command"] = "uname -a > machine.txt && date >> machine.txt",
            ["outputs"] = "machine=machine.txt:document",
        }),
    };

    public async Task RunAsync(Job job, CancellationToken ct)
    {
        var outputs = KeptOutput.Read(job.Params.List("outputs"));
        var (code, last) = await RunAsync(job, Command(job.Params), ct);
        if (code != 0) throw new CommandFailure(code, last ?? $"The command ended with exit code {code.ToString(CultureInfo.InvariantCulture)}.", last is not null);
        // First whether all is there: a job without one of its outputs keeps none.
        var missing = outputs.FirstOrDefault(output => !output.IsIn(job.Folder));
        if (missing is not null) throw new CommandFailure(1, $"The output '{missing.Name}' is not there: the command made no '{missing.Path}'.", isSaid: false);
        foreach (var output in outputs)
        {
            var version = await output.KeepAsync(job, ct);
            job.Say($"kept {output.Path} as {version.Key}@{version.Version}");
        }
    }

    private static IReadOnlyList<string> Command(Parameters values)
    {
        var shell = values.Choice("shell");
        var arguments = Words(values.Optional("arguments") ?? "", "arguments");
        if (shell != NoShell) return [shell, "-c", values.Text("command"), shell, .. arguments];
        var words = Words(values.Text("command"), "command");
        return words.Count > 0 ? [.. words, .. arguments] : throw new HubFailure("The param 'command' names no program.");
    }

    private static IReadOnlyList<string> Words(string text, string param)
    {
        try
        {
            return CommandWords.Split(text);
        }
        catch (FormatException e)
        {
            throw new HubFailure($"The param '{param}': {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static async Task<(int Code, string? LastError)> RunAsync(Job job, IReadOnlyList<string> command, CancellationToken ct)
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
