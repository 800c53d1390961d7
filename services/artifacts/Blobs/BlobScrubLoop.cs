using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Blobs;

/// <summary>Reads again, every quarter of an hour, what was not read for <see cref="ArtifactsOptions.ScrubAfter"/>.</summary>
internal sealed class BlobScrubLoop(BlobScrub scrub, TimeProvider clock, IOptions<ArtifactsOptions> options, ILogger<BlobScrubLoop> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await scrub.RunAsync(options.Value.ScrubAfter, int.MaxValue, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning(e, "Blobs could not be read again; the next turn goes on");
            }
        }
    }
}
