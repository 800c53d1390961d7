using System.Collections.Concurrent;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts.Tracking;

namespace Mesh.Benchmarks.Figures;

/// <summary>From the commit of a run event to the line of a subscriber by Server-Sent Events.</summary>
internal static class EventLatency
{
    private const int Events = 300;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project)
    {
        var received = new ConcurrentDictionary<string, DateTimeOffset>();
        using var stopping = new CancellationTokenSource();
        var listening = Task.Run(async () =>
        {
            try
            {
                await foreach (var entry in client.Project(project).Events.SubscribeAsync("run.created", ct: stopping.Token))
                    received[entry.Event.Subject] = TimeProvider.System.GetUtcNow();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Enough was measured.
            }
        });
        await Task.Delay(TimeSpan.FromSeconds(1));
        var latencies = new List<double>();
        for (var i = 0; i < Events; i++)
        {
            var id = Guid.CreateVersion7();
            await client.Project(project).Runs.CreateAsync(new CreateRun($"latency-{i}", Id: id));
            // The answer follows the commit: measured from here, not from the request.
            var committed = TimeProvider.System.GetUtcNow();
            DateTimeOffset seen;
            while (!received.TryGetValue(id.ToString(), out seen)) await Task.Delay(1);
            latencies.Add(Math.Max(0.1, (seen - committed).TotalMilliseconds));
            await Task.Delay(5);
        }

        await stopping.CancelAsync();
        await listening;
        latencies.Sort();
        return
        [
            Figure.Below("commit to SSE line, p50", latencies[latencies.Count / 2], 40, "ms"),
            Figure.Below("commit to SSE line, p99", latencies[latencies.Count * 99 / 100], 200, "ms"),
        ];
    }
}
