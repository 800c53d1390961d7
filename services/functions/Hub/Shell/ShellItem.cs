using System.Globalization;
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
        var (code, last) = await ChildProcess.RunAsync(job, Command(job.Params), ct);
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
}
