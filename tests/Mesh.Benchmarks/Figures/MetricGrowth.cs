using System.Diagnostics;
using System.Net.Http.Headers;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts.Tracking;

namespace Mesh.Benchmarks.Figures;

/// <summary>One metric that grows to ten million points: the rate at which it is written stays, and a chart of it comes at once.</summary>
internal static class MetricGrowth
{
    private const int Points = 10_000;
    private const int Clients = 2;
    private const int Most = 10_000_000;

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project, string data)
    {
        var run = await client.Project(project).Runs.CreateAsync(new CreateRun("growth"));
        var address = new Uri(mesh.Address, $"/api/v1/projects/{project}/runs/{run.Id}/metrics");
        var (first, written) = (0.0, 0L);
        for (var stage = 10_000; stage <= Most; stage *= 10)
        {
            var points = stage - written;
            var started = Stopwatch.GetTimestamp();
            await WriteAsync(mesh, address, (int)(written / Points), (int)(points / Points));
            var rate = points / Stopwatch.GetElapsedTime(started).TotalSeconds;
            written = stage;
            // The first ones start what is not yet compiled and cached.
            if (first == 0 && stage >= 100_000) first = rate;
            yield return Figure.Rate($"points of one metric up to {stage:N0}", rate, first == 0 ? rate : first, 0.6);
        }

        yield return Figure.Below("memory of the mesh after that, PostgreSQL included", MeshMemory.Weigh(data), 500, "MB");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mesh.Token);
        foreach (var x in (string[])["step", "time"])
        {
            var times = new List<double>();
            for (var i = 0; i < 11; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await http.GetStringAsync(new Uri($"{address}/metric0?points=1000&x={x}"));
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            yield return Figure.Below($"{Most:N0} points as a chart of 1,000 by {x}, the slowest of {times.Count}", times.Max(), 300, "ms");
        }
    }

    // Batches from one number on, from two clients.
    private static async Task WriteAsync(BenchmarkMesh mesh, Uri address, int first, int count)
    {
        var next = first;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Clients, count)).Select(_ => Task.Run(async () =>
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mesh.Token);
            var bodies = new PointBodies(Points, 1);
            var body = bodies.Template();
            while (Interlocked.Increment(ref next) - 1 is var batch && batch < first + count)
            {
                bodies.Number(body, 0, batch);
                using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                using var answer = await http.PostAsync(address, content);
                answer.EnsureSuccessStatusCode();
            }
        })));
    }
}
