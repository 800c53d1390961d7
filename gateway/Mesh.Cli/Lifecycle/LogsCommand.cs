using System.CommandLine;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh logs</c>: what the processes of the mesh have written.</summary>
internal static class LogsCommand
{
    private static readonly Argument<string?> Service = new("service") { Description = "Only this service.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as lines are written." };
    private static readonly Option<int> Lines = new("--lines", "-n") { Description = "Lines from the end.", DefaultValueFactory = _ => 50 };

    public static Command Create() => Verb.Of("logs", "Show the logs of the mesh on this machine.", [Service, Follow, Lines], async context =>
    {
        var folder = Path.Combine(Settings.DataFolder(context.Parse), "logs");
        var service = context.Get(Service);
        var files = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "*.log").Where(f => service is null || Path.GetFileNameWithoutExtension(f) == service).Order(StringComparer.Ordinal).ToList()
            : [];
        if (files.Count == 0)
        {
            context.Output.Error(CommandProblem.Failed(service is null
                ? $"There are no logs in {folder}. A mesh in the foreground logs to its terminal."
                : $"There is no log of {service} in {folder}. In one process, everything is in `mesh logs mesh`."));
            return ExitCode.Failed;
        }

        var tails = files.Select(file => new LogTail(file)).ToList();
        var last = new List<LogLine>();
        foreach (var tail in tails) last.AddRange(await tail.EndAsync(context.Get(Lines), context.Ct));
        void Print(LogLine line) => context.Output.Piece(line, files.Count > 1 ? $"{line.Process} | {line.Text}" : line.Text);
        if (context.Output.Json && !context.Get(Follow)) context.Output.Object(last);
        else last.ForEach(Print);
        while (context.Get(Follow))
        {
            foreach (var tail in tails) await tail.ReadAsync(Print, context.Ct);
            await Task.Delay(200, context.Ct);
        }

        return ExitCode.Success;
    });
}
