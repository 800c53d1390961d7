using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Blobs;

/// <summary>Collects the garbage of all projects from time to time.</summary>
internal sealed class BlobCollectionLoop(BlobCollector collector, TimeProvider clock, IOptions<ArtifactsOptions> options, ILogger<BlobCollectionLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.CollectEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await collector.CollectAllAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Garbage takes space and harms nothing; the next turn tries again.
                log.LogWarning(e, "Blobs that nothing refers to were not collected");
            }
        }
    }
}
