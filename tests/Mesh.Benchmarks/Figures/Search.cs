using System.Diagnostics;
using Mesh.Hosting;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Postgres;
using Mesh.Tracking;
using Mesh.Tracking.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// Searches of runs by metrics, on a PostgreSQL of their own: the filter compares a metric with bounds that let from nearly all to nearly none of the runs through,
/// the order is that of another metric, and a page has 100 runs with their documents. Four of five runs are in one experiment, the rest in twenty. Compound filters
/// compare a second metric or a param as well.
/// </summary>
internal static class Search
{
    private const int Page = 100;
    private const int Queries = 300;
    private const int Warm = 60;
    private static readonly long[] Large = [1];

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string folder)
    {
        await using var postgres = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "search-postgres"), Durable = false });
        var options = new MeshOptions
        {
            Postgres = postgres.ConnectionString,
            Database = "bench_search",
            KeyPath = Path.Combine(folder, "search-keys"),
            DataPath = Path.Combine(folder, "search-data"),
            Daemon = DaemonLeadership.Solo,
            Listen = "http://127.0.0.1:0",
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddMeshProcess("search", options);
        builder.AddMeshModules(options, new TrackingService());
        await using var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        var source = app.Services.GetRequiredService<ServiceDatabase<ITrackingStore>>().DataSource;
        var search = app.Services.GetRequiredService<RunSearch>();

        await SearchData.GenerateAsync(source, "hundred-thousand", 100_000);
        var small = await ByMetricAsync(search, "hundred-thousand", isCompound: false);
        await SearchData.GenerateAsync(source, "million", 1_000_000);
        var large = await ByMetricAsync(search, "million", isCompound: false);
        var compound = await ByMetricAsync(search, "million", isCompound: true);
        var newest = await P95Async(_ => FindAsync(search, "million", Large, null, []));
        await app.StopAsync();
        return
        [
            Figure.Below("search p95 over 100,000 runs", small, 50, "ms"),
            Figure.Below("search p95 over 1,000,000 runs", large, 150, "ms"),
            Figure.Below("search p95 over 1,000,000 runs, compound filters", compound, 1_000, "ms"),
            Figure.Below("newest 100 of an experiment, p95", newest, 10, "ms"),
        ];
    }

    private static Task<double> ByMetricAsync(RunSearch search, string project, bool isCompound)
    {
        var random = new Random(1);
        return P95Async(_ =>
        {
            // As many bounds let a half through as a quarter, an eighth, … down to one of eight thousand.
            var passes = Math.Pow(0.5, random.NextDouble() * 13);
            var filter = FormattableString.Invariant($"metrics.metric{random.Next(10)} {(random.Next(2) == 0 ? $"< {passes:R}" : $"> {1 - passes:R}")}");
            if (isCompound) filter += random.Next(2) == 0 ? $" AND metrics.metric{10 + random.Next(5)} > 0.5" : $" AND params.param0 = '{random.Next(10)}'";
            long[] experiments = random.Next(4) == 0 ? [2 + random.Next(20)] : Large;
            return FindAsync(search, project, experiments, filter, [$"metrics.metric{15 + random.Next(5)} {(random.Next(2) == 0 ? "DESC" : "ASC")}"]);
        });
    }

    private static Task FindAsync(RunSearch search, string project, long[] experiments, string? filter, string[] orders) =>
        search.FindAsync(project, experiments, LifecycleView.Active, SearchParser.Parse(Searched.Runs, filter, orders), "benchmark", Page, null, CancellationToken.None);

    private static async Task<double> P95Async(Func<int, Task> query)
    {
        var times = new List<double>(Queries);
        for (var i = -Warm; i < Queries; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await query(i);
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count * 95 / 100];
    }
}
