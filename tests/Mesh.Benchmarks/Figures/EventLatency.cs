using System.Threading.Channels;
using Mesh.Client;
using Mesh.Contracts.Tracking;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// From the commit of a run event to the line of a subscriber by Server-Sent Events. The clock starts at the event's own time, which the store
/// gives it just before it commits; it is the clock of this machine.
/// </summary>
internal static class EventLatency
{
    private const int Events = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(MeshClient client, string project)
    {
        var seen = Channel.CreateUnbounded<(string Run, TimeSpan After)>();
        using var stopping = new CancellationTokenSource();
        var listening = ListenAsync(client, project, seen.Writer, stopping.Token);
        await ListenedAsync(client, project, seen.Reader);
        var latencies = new List<double>();
        for (var i = 0; i < Events; i++)
        {
            var run = await CreateAsync(client, project, i);
            latencies.Add((await SeenAsync(seen.Reader, run)).TotalMilliseconds);
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

    // Whoever waits for an event hears why none will come.
    private static async Task ListenAsync(MeshClient client, string project, ChannelWriter<(string Run, TimeSpan After)> seen, CancellationToken stopping)
    {
        try
        {
            await foreach (var entry in client.Project(project).Events.SubscribeAsync("run.created", ct: stopping))
                seen.TryWrite((entry.Event.Subject, TimeProvider.System.GetUtcNow() - entry.Event.Time));
            seen.TryComplete(new InvalidOperationException("the stream of events ended."));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            seen.TryComplete();
        }
        catch (Exception e)
        {
            seen.TryComplete(new InvalidOperationException($"the stream of events broke: {e.Message}", e));
        }
    }

    // A subscriber hears only what is new: runs are made until it hears of one.
    private static async Task ListenedAsync(MeshClient client, string project, ChannelReader<(string Run, TimeSpan After)> seen)
    {
        using var patience = new CancellationTokenSource(Patience);
        var heard = seen.WaitToReadAsync(patience.Token).AsTask();
        for (var i = 0; !heard.IsCompleted; i++)
        {
            await CreateAsync(client, project, i);
            await Task.WhenAny(heard, Task.Delay(100));
        }

        await heard;
    }

    private static async Task<string> CreateAsync(MeshClient client, string project, int number)
    {
        var id = Guid.CreateVersion7();
        await client.Project(project).Runs.CreateAsync(new CreateRun($"latency-{number}", Id: id));
        return id.ToString();
    }

    private static async Task<TimeSpan> SeenAsync(ChannelReader<(string Run, TimeSpan After)> seen, string run)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var (subject, after) = await seen.ReadAsync(patience.Token);
                if (subject == run) return after;
            }
        }
        catch (ChannelClosedException e) when (e.InnerException is not null)
        {
            throw e.InnerException;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"run {run} was created, and no subscriber heard of it within {Patience.TotalSeconds} s.");
        }
    }
}
