namespace Mesh.Artifacts.Blobs;

/// <summary>Clears at start what a crash may have left: staged files of uploads that died, and blobs that no project has.</summary>
internal sealed class BlobHousekeeping(IBlobStore store, BlobLedger ledger, ILogger<BlobHousekeeping> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunOnceAsync(stoppingToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What is left takes space and harms nothing: the service serves without having cleared it.
            log.LogWarning(e, "Left-over blobs were not cleared");
        }
    }

    internal async Task RunOnceAsync(CancellationToken ct)
    {
        var (swept, reaped) = (await store.SweepAsync(ct), await ledger.ReapAsync(ct));
        if (swept + reaped > 0) log.LogInformation("Cleared {Staged} broken uploads and {Blobs} blobs without a project", swept, reaped);
    }
}
