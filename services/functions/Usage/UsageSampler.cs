using Mesh.Contracts.Tracking;
using Mesh.Functions.Execution;
using Mesh.Functions.Queue;
using Mesh.Hosting.Clients;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Usage;

/// <summary>Logs what an attempt uses as metrics of its run, while it runs. A sample that tracking does not take is dropped: the next one tells as much.</summary>
internal sealed class UsageSampler([FromKeyedServices("functions")] ServiceClient services, IOptions<FunctionsOptions> options, TimeProvider clock, ILogger<UsageSampler> log)
{
    // What is over sooner is not measured at all: reading costs more than it would tell.
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);

    /// <summary>Samples until it is cancelled.</summary>
    /// <param name="group">Its control group; null where there are none.</param>
    /// <param name="age">Seconds that the attempt has run already, under another worker: its steps are counted on.</param>
    public async Task RunAsync(AttemptKey key, ProcessMark mark, string folder, AttemptGroup? group, double age, CancellationToken ct)
    {
        var every = options.Value.SampleEvery;
        if (every == TimeSpan.Zero) return;
        var meter = new UsageMeter(new ProcessTree(mark, null), folder, group);
        try
        {
            await Task.Delay(Short, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested) return;
            var before = await meter.ReadAsync(ct);
            // A short job has a sample too, if it is not very short.
            await Task.Delay(First < every ? First : every, clock, ct);
            for (var step = (long)Math.Ceiling(age / every.TotalSeconds); ; step++)
            {
                var now = await meter.ReadAsync(ct);
                await SendAsync(key, now.Since(before), step, ct);
                before = now;
                await Task.Delay(every, clock, ct);
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt has ended.
        }
        catch (Exception e)
        {
            log.LogWarning(e, "What attempt {Attempt} of job {JobId} uses is not measured", key.Attempt, key.JobId);
        }
    }

    private async Task SendAsync(AttemptKey key, IEnumerable<KeyValuePair<string, double>> values, long step, CancellationToken ct)
    {
        var time = clock.GetUtcNow();
        var points = values.Select(value => new MetricPoint(value.Key, value.Value, step, time)).ToList();
        try
        {
            await services.PostAsync("tracking", $"/api/v1/projects/{key.Project}/runs/{key.JobId}/metrics", new LogMetrics(points, key.Attempt), key.Project, ct: ct);
        }
        catch (ServiceCallException e)
        {
            log.LogDebug("A sample of job {JobId} was not taken: {Reason}", key.JobId, e.Message);
        }
    }
}
