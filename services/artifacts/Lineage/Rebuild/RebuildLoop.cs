using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Clients;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>Has a rebuild go on in one replica: at once where it was asked for, after a restart, and when the one that did it died.</summary>
internal sealed class RebuildLoop(LineageRebuilder rebuilder, RebuildStore store, Signal<RebuildLoop> signal, ILogger<RebuildLoop> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await rebuilder.RunAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                failures++;
                await SayAsync(e, failures, stoppingToken);
            }

            var pause = failures == 0 ? Look : TimeSpan.FromTicks(Math.Min(Look.Ticks, ShortestPause.Ticks << Math.Min(failures - 1, 10)));
            await signal.WaitAsync(pause, stoppingToken);
        }
    }

    // Once, not each time; a mesh without a journal has nothing to say at all.
    private async Task SayAsync(Exception fault, int failures, CancellationToken ct)
    {
        try
        {
            if (await store.FindAsync(ct) is not { State: LineageRebuildState.Running } rebuild) return;
            if (failures == 1) log.LogWarning("The rebuild of the lineage is hindered and will be tried again: {Reason}", fault.Message);
            await store.HinderedAsync(rebuild.Id, fault is ServiceCallException ? fault.Message : fault.GetType().Name, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogDebug(e, "The database is away");
        }
    }
}
