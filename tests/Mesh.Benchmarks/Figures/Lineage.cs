using System.Diagnostics;
using Mesh.Artifacts;
using Mesh.Artifacts.Lineage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Store;
using Mesh.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Benchmarks.Figures;

/// <summary>Questions about lineage in a graph of 100,000 edges, on a PostgreSQL of their own: five steps both ways with the usual limit of 1,000 things.</summary>
internal static class Lineage
{
    private const int Depth = 5;
    private const int Limit = 1000;
    private const int Queries = 200;
    private const int Warm = 20;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string folder)
    {
        await using var postgres = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "lineage-postgres"), Durable = false });
        var options = new MeshOptions
        {
            Postgres = postgres.ConnectionString,
            Database = "bench_lineage",
            KeyPath = Path.Combine(folder, "lineage-keys"),
            DataPath = Path.Combine(folder, "lineage-data"),
            Daemon = DaemonLeadership.Solo,
            Listen = "http://127.0.0.1:0",
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddMeshProcess("lineage", options);
        builder.AddMeshModules(options, new ArtifactsService());
        await using var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        var reader = app.Services.GetRequiredService<LineageReader>();

        var edges = await LineageData.GenerateAsync(app.Services.GetRequiredService<LineageStore>());
        await using (var analyze = app.Services.GetRequiredService<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand("analyze lineage_node, lineage_edge")) await analyze.ExecuteNonQueryAsync();
        var random = new Random(2);
        var usual = await P95Async(() => AskAsync(reader, LineageData.Dataset(random.Next(1, LineageData.Datasets)), LineageDirection.Both, Limit));
        var hub = await P95Async(() => AskAsync(reader, LineageData.Hub, LineageDirection.Down, Limit));
        await app.StopAsync();
        return
        [
            Figure.Below($"lineage over {edges:#,0} edges, depth 5, p95", usual, 100, "ms"),
            Figure.Below("lineage of a data set that 2,000 runs read, p95", hub, 100, "ms"),
        ];
    }

    private static async Task AskAsync(LineageReader reader, string root, LineageDirection direction, int limit) =>
        LineageView.Graph(LineageData.Project, root, await reader.WalkAsync(LineageData.Project, root, direction, Depth, limit, [], CancellationToken.None));

    private static async Task<double> P95Async(Func<Task> query)
    {
        var times = new List<double>(Queries);
        for (var i = -Warm; i < Queries; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await query();
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count * 95 / 100];
    }
}
