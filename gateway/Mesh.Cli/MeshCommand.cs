using System.CommandLine;
using Mesh.Cli.Artifacts;
using Mesh.Cli.Demo;
using Mesh.Cli.Functions;
using Mesh.Cli.Lifecycle;
using Mesh.Cli.Monitoring;
using Mesh.Cli.Projects;
using Mesh.Cli.Serving;
using Mesh.Cli.Tracking;

namespace Mesh.Cli;

/// <summary>The <c>mesh</c> command.</summary>
internal static class MeshCommand
{
    /// <summary>Parses and runs; the result is the exit code.</summary>
    public static Task<int> RunAsync(string[] args)
    {
        var parse = Create().Parse(args);
        if (parse.Errors.Count == 0) return parse.InvokeAsync();
        foreach (var error in parse.Errors) Console.Error.WriteLine($"error: {error.Message}");
        Console.Error.WriteLine($"Try `mesh {string.Join(' ', parse.CommandResult.Command.Name == "mesh" ? [] : [parse.CommandResult.Command.Name])} --help`.".Replace("mesh  ", "mesh ", StringComparison.Ordinal));
        return Task.FromResult(ExitCode.Usage);
    }

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Mesh: from a CSV to a monitored model in production, on a laptop or a cluster.");
        foreach (var option in (Option[])[Settings.Json, Settings.Api, Settings.Project, Settings.Data]) root.Options.Add(option);
        foreach (var command in LifecycleCommands.All()) root.Subcommands.Add(command);
        foreach (var command in (IEnumerable<Command>)[
            DemoCommand.Create(), ProjectCommands.Create(), SecretCommands.Create(), TokenCommands.Create(), RunCommands.Create(), ArtifactCommands.Create(), ModelCommands.Create(),
            .. FunctionCommands.Create(), JobCommands.Create(), EndpointCommands.Create(), MonitorCommands.Create(), AlertCommands.Create(), EventCommands.Create()])
        {
            root.Subcommands.Add(command);
        }

        return root;
    }
}
