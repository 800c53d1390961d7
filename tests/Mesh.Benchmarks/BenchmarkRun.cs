using Mesh.Benchmarks.Figures;
using Mesh.Benchmarks.Load;
using Mesh.Contracts.Projects;
using Mesh.Postgres;
using Mesh.Testing;
using Spectre.Console;

namespace Mesh.Benchmarks;

/// <summary>Measures everything, or what the arguments name: <c>start events runs infer separate</c>.</summary>
internal static class BenchmarkRun
{
    private const string Project = "bench";

    /// <summary>0: every ratio is met; 1: some is not.</summary>
    public static async Task<int> RunAsync(string[] names)
    {
        bool Wanted(string name) => names.Length == 0 || names.Contains(name);
        var folder = Directory.CreateTempSubdirectory("mesh-bench-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var figures = new List<Figure>();
        try
        {
            var data = Path.Combine(folder, "laptop");
            if (Wanted("start")) Add(figures, await StartUp.MeasureAsync(data));
            if (Wanted("events") || Wanted("runs") || Wanted("infer"))
            {
                await using var mesh = await BenchmarkMesh.StartAsync(data);
                using var client = mesh.Client();
                await client.Projects.CreateAsync(new CreateProject(Project));
                if (Wanted("events")) Add(figures, await EventLatency.MeasureAsync(mesh, client, Project));
                if (Wanted("runs"))
                {
                    await using var own = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "bare-postgres") });
                    Add(figures, await RunCreation.MeasureAsync(mesh, Project, own.ConnectionString, folder));
                }

                if (Wanted("infer"))
                {
                    await Inference.DeployAsync(client, Project, folder);
                    Add(figures, [await Inference.OneProcessAsync(mesh, Project, folder)]);
                }
            }

            if (Wanted("separate"))
            {
                await using var broker = await RabbitMqBroker.LaunchAsync();
                await using var mesh = await BenchmarkMesh.StartAsync(Path.Combine(folder, "separate"), broker.Address.ToString());
                using var client = mesh.Client();
                await client.Projects.CreateAsync(new CreateProject(Project));
                await Inference.DeployAsync(client, Project, folder);
                Add(figures, [await Inference.SeparateAsync(mesh, Project, folder)]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return figures.TrueForAll(figure => figure.IsMet) ? 0 : 1;
    }

    private static void Add(List<Figure> all, IReadOnlyList<Figure> measured)
    {
        // A pipe has no width: lines are not broken for it.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 10_000;
        foreach (var figure in measured)
        {
            all.Add(figure);
            var mark = figure.IsMet ? "[green]✓[/]" : "[red]✗[/]";
            AnsiConsole.MarkupLine($"{mark} {Markup.Escape(figure.Name),-52} {figure.Value,14}   against {figure.Baseline,-18} ratio {figure.Ratio:0.00}, asked for {figure.AtLeast:0.00}");
        }
    }
}
