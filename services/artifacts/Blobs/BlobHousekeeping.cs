using Mesh.Artifacts.Uploads;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Clears at start what a crash may have left: staged files of uploads that died, and blobs that no project has; then, every quarter of an hour, uploads in
/// parts whose time is over.
/// </summary>
internal sealed class BlobHousekeeping(BlobStores stores, BlobLedger ledger, PartedUploads uploads, TimeProvider clock, ILogger<BlobHousekeeping> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        await TryAsync(RunOnceAsync, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryAsync(SweepUploadsAsync, stoppingToken);
    }

    internal async Task RunOnceAsync(CancellationToken ct)
    {
        var swept = 0;
        foreach (var store in await stores.AllAsync(ct)) swept += await store.SweepAsync(ct);
        var reaped = await ledger.ReapAsync(ct);
        if (swept + reaped > 0) log.LogInformation("Cleared {Staged} broken uploads and {Blobs} blobs without a project", swept, reaped);
        await SweepUploadsAsync(ct);
    }

    private async Task SweepUploadsAsync(CancellationToken ct)
    {
        if (await uploads.SweepAsync(ct) is > 0 and var expired) log.LogInformation("Removed {Uploads} uploads in parts that expired", expired);
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        try
        {
            await work(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What is left takes space and harms nothing: the service serves without having cleared it.
            log.LogWarning(e, "Left-over blobs were not cleared");
        }
    }
}
