using System.Diagnostics;
using Mesh.Cli.Terminal;
using Spectre.Console;

namespace Mesh.Cli.Demo;

/// <summary>One step of the demo as JSON tells it.</summary>
internal sealed record DemoStep(string Step, string Result, double Seconds, IReadOnlyList<string> Commands);

/// <summary>Prints each step when it is done: its figures, and the commands that do the same by hand.</summary>
internal sealed class DemoPen(Output output)
{
    // As the person called it: ./mesh from the launcher's folder, say.
    private static readonly string Called = Environment.GetEnvironmentVariable("MESH_COMMAND") is { Length: > 0 } called ? called : "mesh";
    private readonly List<DemoStep> _steps = [];
    private readonly IAnsiConsole _console = output.Results;

    /// <summary>Name of the project, for the closing words.</summary>
    public string Project { get; set; } = "demo";

    /// <summary>Does a step and prints its line.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="work">Does it, may say how far it is, and returns the result with its figures in words.</param>
    /// <param name="commands">The commands a user would type.</param>
    public async Task<T> StepAsync<T>(string name, Func<Action<string>, Task<(T Result, string Figures)>> work, Func<T, IReadOnlyList<string>> commands)
    {
        var started = Stopwatch.GetTimestamp();
        var (result, figures) = await output.WorkingAsync(name, work);
        var took = Stopwatch.GetElapsedTime(started);
        var step = new DemoStep(name, figures, Math.Round(took.TotalSeconds, 2), [.. commands(result).Select(AsCalled)]);
        _steps.Add(step);
        if (output.Json) return result;
        _console.MarkupLine($"[green]✓[/] [bold]{Markup.Escape(name)}[/]: {Markup.Escape(figures)} [grey]({Figures.Duration(took)})[/]");
        foreach (var typed in step.Commands) _console.MarkupLine($"  [blue]{Markup.Escape(typed)}[/]");
        return result;
    }

    /// <summary>Where to look next.</summary>
    public void Closing(Uri api, bool running)
    {
        if (output.Json)
        {
            output.Object(new { project = Project, api, steps = _steps });
            return;
        }

        var again = running ? "" : $" (after {Called} up)";
        _console.WriteLine();
        _console.MarkupLine($"[bold]Where to look next[/]{again}");
        foreach (var (what, command) in ((string, string)[])[
            ("all of it in a browser, by a link", "mesh login"),
            ("the runs, with their child runs", $"mesh runs list -P {Project}"),
            ("the model and its versions", $"mesh models versions breast-cancer -P {Project}"),
            ("what the monitor saw", $"mesh monitors windows breast-cancer -P {Project}"),
            ("everything that happened, replayed", $"mesh events -P {Project} --after 0"),
            ("the API, browsable", $"{api.ToString().TrimEnd('/')}/docs")])
        {
            _console.MarkupLine($"  {Markup.Escape(what),-36} [blue]{Markup.Escape(AsCalled(command))}[/]");
        }
    }

    private static string AsCalled(string command) =>
        (command.StartsWith("mesh ", StringComparison.Ordinal) ? Called + command[4..] : command).Replace("$(mesh ", $"$({Called} ", StringComparison.Ordinal);
}
