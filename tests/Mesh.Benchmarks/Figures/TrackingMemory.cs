using System.Diagnostics;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts.Tracking;

namespace Mesh.Benchmarks.Figures;

/// <summary>The resident memory of the tracking service's own process while points come in as fast as it takes them: bodies of 1,000, from 4 clients.</summary>
internal static class TrackingMemory
{
    private const int Points = 1_000;
    private const int Names = 10;
    private const int Clients = 4;
    private const double Most = 300;
    private const double MostGrowth = 1.15;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project, string data)
    {
        var runs = new List<Uri>();
        for (var i = 0; i < Clients; i++)
        {
            var run = await client.Project(project).Runs.CreateAsync(new CreateRun($"memory-{i}"));
            runs.Add(new Uri(mesh.Address, $"/api/v1/projects/{project}/runs/{run.Id}/metrics"));
        }

        var before = MeshMemory.WeighService(data, "tracking");
        await LogAsync(mesh, runs, Warm);
        var (samples, started) = (new List<double>(), Stopwatch.GetTimestamp());
        var logging = LogAsync(mesh, runs, Span);
        while (!logging.IsCompleted)
        {
            samples.Add(MeshMemory.WeighService(data, "tracking"));
            await Task.WhenAny(logging, Task.Delay(Between));
        }

        var rate = await logging;
        var half = samples.Count / 2;
        var (first, second) = (samples.Take(half).Max(), samples.Skip(half).Max());
        var told = $"{before:0} MB at rest, {rate:#,0} points/s for {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s";
        return
        [
            Figure.Below($"memory of tracking alone under ingest ({told})", samples.Max(), Most, "MB"),
            Figure.Below("growth of that memory, second half over first", second / first, MostGrowth, "times"),
        ];
    }

    private static async Task<double> LogAsync(BenchmarkMesh mesh, List<Uri> runs, TimeSpan span)
    {
        var rates = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i =>
        {
            var bodies = new PointBodies(Points, Names);
            return RawHttpLoad.RateAsync(runs[i], "POST", MetricIngest.Headers(mesh), bodies.Template(), 1, span, (body, _, sent) => bodies.Number(body, 0, sent));
        }));
        return rates.Sum() * Points;
    }
}
