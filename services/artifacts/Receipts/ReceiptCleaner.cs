using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Receipts;

/// <summary>Forgets receipts that are older than any client repeats a request.</summary>
internal sealed class ReceiptCleaner(ServiceDatabase<IArtifactsStore> database, TimeProvider clock, ILogger<ReceiptCleaner> log) : BackgroundService
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>Cleans once.</summary>
    /// <returns>How many receipts were forgotten.</returns>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("delete from mt_doc_receipt where mt_last_modified < $1");
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
                log.LogWarning("Old receipts were not cleaned; it will be tried again: {Reason}", e.Message);
            }
        }
    }
}
