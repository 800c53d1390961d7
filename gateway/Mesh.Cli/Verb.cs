using System.CommandLine;
using System.ComponentModel;
using System.Text.Json;
using Mesh.Cli.Terminal;
using Mesh.Client;

namespace Mesh.Cli;

/// <summary>What a running command has at hand.</summary>
internal sealed record Context(ParseResult Parse, MeshClient Mesh, Output Output, CancellationToken Ct)
{
    /// <summary>The project that is named by option or environment.</summary>
    /// <exception cref="UsageException">None is.</exception>
    public ProjectClient Project => Mesh.Project(ProjectName);

    /// <summary>Its name.</summary>
    public string ProjectName => Mesh.Options.Project
        ?? throw new UsageException("No project is named. Give --project NAME, or set MESH_PROJECT.");

    /// <summary>Value of an option or argument.</summary>
    public T Get<T>(Option<T> option) => Parse.GetValue(option)!;

    /// <summary>Value of an argument.</summary>
    public T Get<T>(Argument<T> argument) => Parse.GetValue(argument)!;
}

/// <summary>The command line is wrong in a way that the parser cannot see.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Makes commands that turn refusals into sentences and exit codes.</summary>
internal static class Verb
{
    /// <summary>A command with an action.</summary>
    public static Command Of(string name, string description, IEnumerable<Symbol> symbols, Func<Context, Task> action) =>
        Of(name, description, symbols, async context =>
        {
            await action(context);
            return ExitCode.Success;
        });

    /// <summary>A command whose action says the exit code.</summary>
    public static Command Of(string name, string description, IEnumerable<Symbol> symbols, Func<Context, Task<int>> action)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Options.Add(option);
            else if (symbol is Argument argument) command.Arguments.Add(argument);
        }

        command.SetAction((parse, ct) => RunAsync(parse, action, ct));
        return command;
    }

    /// <summary>A noun with its verbs.</summary>
    public static Command Noun(string name, string description, params IEnumerable<Command> verbs)
    {
        var noun = new Command(name, description);
        foreach (var verb in verbs) noun.Subcommands.Add(verb);
        return noun;
    }

    /// <summary>The same under another name too.</summary>
    public static Command WithAlias(this Command command, string alias)
    {
        command.Aliases.Add(alias);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, Func<Context, Task<int>> action, CancellationToken ct)
    {
        var output = new Output(parse.GetValue(Settings.Json));
        try
        {
            using var mesh = Settings.Client(parse);
            return await action(new Context(parse, mesh, output, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (MeshException e) when (e.Problem.Status == 0)
        {
            output.Error(e.Problem with { Detail = $"{e.Message} Is it running? Try `mesh status`, or start it with `mesh up`." });
            return ExitCode.Unreachable;
        }
        catch (MeshException e)
        {
            output.Error(e.Problem);
            return ExitCode.Failed;
        }
        catch (Tracking.Import.MlflowException e)
        {
            output.Error(CommandProblem.Failed(e.Message));
            return ExitCode.Failed;
        }
        catch (UsageException e)
        {
            output.Error(CommandProblem.Usage(e.Message));
            return ExitCode.Usage;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException or JsonException or Win32Exception)
        {
            output.Error(CommandProblem.Failed(e.Message));
            return ExitCode.Failed;
        }
    }
}
