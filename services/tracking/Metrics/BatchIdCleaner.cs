using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>Forgets batch ids that are older than any client sends a batch again.</summary>
internal sealed class BatchIdCleaner(ServiceDatabase<ITrackingStore> database, TimeProvider clock, ILogger<BatchIdCleaner> log) : BackgroundService
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>Cleans once.</summary>
    /// <returns>How many ids were forgotten.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("delete from metric_batch where written_at < $1");
        command.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow() - Kept });
        return await command.ExecuteNonQueryAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning("Old batch ids were not cleaned; it will be tried again: {Reason}", e.Message);
            }
        }
    }
}
