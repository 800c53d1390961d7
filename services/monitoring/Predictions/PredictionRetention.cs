using Mesh.Monitoring.Requests;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Predictions;

/// <summary>Drops predictions and traffic that are older than the retention, and makes tomorrow's partition today.</summary>
internal sealed class PredictionRetention(
    PredictionPartitions partitions, TrafficStore traffic, IOptions<MonitoringOptions> options, TimeProvider clock, ILogger<PredictionRetention> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>One round.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await partitions.EnsureAsync(now, ct);
        await partitions.EnsureAsync(now.AddDays(1), ct);
        var dropped = await partitions.DropBeforeAsync(now.AddDays(-options.Value.RetentionDays), ct);
        await traffic.DropBeforeAsync(now.AddDays(-options.Value.RetentionDays), ct);
        if (dropped > 0) log.LogInformation("Dropped {Days} days of predictions that were older than {Retention} days", dropped, options.Value.RetentionDays);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                await Task.Delay(Pause, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogWarning(fault, "Could not look after the days of predictions; trying again");
                await Task.Delay(TimeSpan.FromSeconds(30), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
