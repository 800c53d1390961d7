using System.CommandLine;
using System.Diagnostics;

namespace Mesh.Cli.Scripts;

/// <summary>
/// <c>mesh test</c> and <c>mesh bench</c>, for those who work on Mesh. The launcher runs their scripts before anything is built; here they are listed and
/// completed, and run when the command was started without the launcher.
/// </summary>
internal static class ScriptCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Of("test", "Build everything and run every test, or those of some projects: mesh test [PROJECT…] [FILTER…]."),
        Of("bench", "Measure speed and size, or some figures of them: mesh bench [FIGURE…]."),
    ];

    private static Command Of(string name, string description)
    {
        var command = Verb.Of(name, description, [], context => RunAsync(name, context));
        command.TreatUnmatchedTokensAsErrors = false;
        return command;
    }

    private static async Task<int> RunAsync(string name, Context context)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [ScriptOf(name), .. context.Output.Json ? ["--json"] : Array.Empty<string>(), .. context.Parse.UnmatchedTokens]))
            ?? throw new InvalidOperationException("bash could not be started.");
        await process.WaitForExitAsync(context.Ct);
        return process.ExitCode;
    }

    private static string ScriptOf(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "infra", "scripts", $"{name}.sh");
            if (File.Exists(path)) return path;
        }

        throw new UsageException($"`mesh {name}` works in a clone of the repository: it runs infra/scripts/{name}.sh.");
    }
}
