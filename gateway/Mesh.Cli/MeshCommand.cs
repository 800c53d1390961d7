using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Cli.Artifacts;
using Mesh.Cli.Bus;
using Mesh.Cli.Demo;
using Mesh.Cli.Functions;
using Mesh.Cli.Lifecycle;
using Mesh.Cli.Monitoring;
using Mesh.Cli.Projects;
using Mesh.Cli.Scripts;
using Mesh.Cli.Serving;
using Mesh.Cli.Terminal;
using Mesh.Cli.Tracking;
using Mesh.Cli.Tracking.Import;

namespace Mesh.Cli;

/// <summary>The <c>mesh</c> command.</summary>
internal static class MeshCommand
{
    /// <summary>Parses and runs; the result is the exit code.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        var parse = Create().Parse(CompletionCommand.BeforeTheWord(args));
        if (parse.Errors.Count == 0) return parse.InvokeAsync();
        var sentences = parse.Errors.Select(error => ParseFault.Explain(error.Message)).Append($"Try `{PathOf(parse.CommandResult)} --help`.");
        new Output(args.TakeWhile(arg => arg != "--").Contains("--json")).Error(CommandProblem.Usage(string.Join(' ', sentences)));
        return Task.FromResult(ExitCode.Usage);
    }

    private static string PathOf(SymbolResult found) => found is CommandResult { Command: not RootCommand, Parent: { } parent } inner
        ? $"{PathOf(parent)} {inner.Command.Name}"
        : "mesh";

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Mesh: from a CSV to a monitored model in production, on a laptop or a cluster.");
        foreach (var option in (Option[])[Settings.Json, Settings.Api, Settings.Project, Settings.Data]) root.Options.Add(option);
        foreach (var command in LifecycleCommands.All()) root.Subcommands.Add(command);
        foreach (var command in (IEnumerable<Command>)[
            DemoCommand.Create(), ProjectCommands.Create(), SecretCommands.Create(), TokenCommands.Create(), RunCommands.Create(),
            ExperimentCommands.Create(), RetentionCommands.Create(), ImportCommands.Create(),
            ArtifactCommands.Create(), DatasetCommands.Create(), ModelCommands.Create(), LineageCommands.Create(),
            .. FunctionCommands.Create(), Functions.RunCommand.Create(), JobCommands.Create(), ProfileCommands.Create(), ScheduleCommands.Create(), EndpointCommands.Create(), MonitorCommands.Create(), AlertCommands.Create(), EventCommands.Create(), WebhookCommands.Create(), BusCommands.Create(),
            .. ScriptCommands.Create()])
        {
            root.Subcommands.Add(command);
        }

        return root;
    }
}
