using System.Text.Json;
using Mesh.Benchmarks.Figures;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Postgres;
using Mesh.Testing;
using Microsoft.Playwright;
using Spectre.Console;

namespace Mesh.Benchmarks;

/// <summary>Measures what the arguments name, or all figures but those that take minutes.</summary>
internal static class BenchmarkRun
{
    private const string Project = "bench";
    private static readonly string[] Usual = ["start", "events", "runs", "infer", "metrics", "history", "artifacts", "jobs", "separate", "memory"];
    private static readonly string[] Long = ["search", "lineage", "versions", "first", "portal", "portal-hour"];
    private static readonly string[] OnLaptop = ["events", "runs", "infer", "metrics", "history", "artifacts", "jobs"];

    /// <summary>0: every bound is met; 1: one is missed, or could not be measured; 2: a figure is unknown.</summary>
    /// <param name="args">Names of figures; <c>--json</c> before them asks for an object per line.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var json = args.FirstOrDefault() == "--json";
        var names = json ? args[1..] : args;
        if (names.Except([.. Usual, .. Long]).FirstOrDefault() is { } unknown)
        {
            await Console.Error.WriteLineAsync($"There is no figure '{unknown}'. Figures: {string.Join(", ", [.. Usual, .. Long])}.");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("mesh-bench-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        // A pipe has no width: lines are not broken for it.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 10_000;
        var met = true;
        try
        {
            await foreach (var figure in MeasureAsync(names.Length > 0 ? names : Usual, folder))
            {
                Print(figure, json);
                met &= figure.IsMet;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException or MeshException or PostgresServerException or PlatformNotSupportedException or PlaywrightException)
        {
            await Console.Error.WriteLineAsync($"It could not be measured: {e.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return met ? 0 : 1;
    }

    private static async IAsyncEnumerable<Figure> MeasureAsync(string[] names, string folder)
    {
        var data = Path.Combine(folder, "laptop");
        if (names.Contains("first")) yield return await FirstStart.MeasureAsync(Path.Combine(folder, "first"));
        if (names.Contains("search"))
            foreach (var figure in await Search.MeasureAsync(folder)) yield return figure;

        if (names.Contains("versions")) yield return await VersionList.MeasureAsync(folder);
        if (names.Contains("lineage"))
            foreach (var figure in await Lineage.MeasureAsync(folder)) yield return figure;

        if (names.Contains("start"))
            foreach (var figure in await StartUp.MeasureAsync(data)) yield return figure;

        if (names.Contains("portal") || names.Contains("portal-hour"))
        {
            await using var own = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "portal-postgres") });
            await using var mesh = await BenchmarkMesh.StartAsync(Path.Combine(folder, "portal"), postgres: own.ConnectionString);
            using var client = mesh.Client();
            await client.Projects.CreateAsync(new CreateProject(Project));
            if (names.Contains("portal"))
                foreach (var figure in await PortalSpeed.MeasureAsync(mesh, client, Project, own.ConnectionString)) yield return figure;

            if (names.Contains("portal-hour")) yield return await PortalMemory.MeasureAsync(mesh, client, Project);
        }

        if (names.Intersect(OnLaptop).Any())
        {
            await using var mesh = await BenchmarkMesh.StartAsync(data);
            using var client = mesh.Client();
            await client.Projects.CreateAsync(new CreateProject(Project));
            if (names.Contains("events"))
                foreach (var figure in await EventLatency.MeasureAsync(client, Project)) yield return figure;

            if (names.Contains("runs"))
            {
                await using var own = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "bare-postgres") });
                yield return await RunCreation.MeasureAsync(mesh, Project, own.ConnectionString, folder);
            }

            if (names.Contains("metrics"))
            {
                await using var own = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "copy-postgres") });
                foreach (var figure in await MetricIngest.MeasureAsync(mesh, client, Project, own.ConnectionString, data)) yield return figure;
            }

            if (names.Contains("history"))
                await foreach (var figure in MetricGrowth.MeasureAsync(mesh, client, Project, data)) yield return figure;

            if (names.Contains("artifacts"))
                await foreach (var figure in ArtifactTransfer.MeasureAsync(mesh, Project, folder, data)) yield return figure;

            if (names.Contains("jobs"))
            {
                await foreach (var figure in Jobs.MeasureAsync(client, Project, folder, data)) yield return figure;
                await using var own = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "claim-postgres") });
                yield return await Claims.MeasureAsync(own.ConnectionString, folder);
            }

            if (names.Contains("infer"))
            {
                await Inference.DeployAsync(client, Project, folder);
                yield return await Inference.OneProcessAsync(mesh, Project, folder);
            }
        }

        if (names.Contains("separate") || names.Contains("memory"))
        {
            await using var broker = new RabbitMqFixture();
            await broker.InitializeAsync();
            await using var mesh = await BenchmarkMesh.StartAsync(Path.Combine(folder, "separate"), broker.Address.ToString());
            using var client = mesh.Client();
            await client.Projects.CreateAsync(new CreateProject(Project));
            if (names.Contains("memory"))
                foreach (var figure in await TrackingMemory.MeasureAsync(mesh, client, Project, Path.Combine(folder, "separate"))) yield return figure;

            if (names.Contains("separate"))
            {
                await Inference.DeployAsync(client, Project, folder);
                yield return await Inference.SeparateAsync(mesh, Project, folder);
            }
        }
    }

    private static void Print(Figure figure, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(figure, MeshJson.Tolerant));
            return;
        }

        var mark = figure.IsMet ? "[green]✓[/]" : "[red]✗[/]";
        AnsiConsole.MarkupLine($"{mark} {Markup.Escape(figure.Name),-52} {figure.Value,14}   against {figure.Baseline,-18} ratio {figure.Ratio:0.00}, asked for {figure.AtLeast:0.00}");
    }
}
