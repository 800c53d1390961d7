using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Bus;

/// <summary>Forgets inbox entries that are older than any redelivery can be.</summary>
internal sealed class InboxCleaner(IEnumerable<ServiceModule> modules, IServiceProvider services, TimeProvider clock, ILogger<InboxCleaner> log)
    : BackgroundService
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(6), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var module in modules.Where(module => module.HasStore)) await CleanAsync(module, stoppingToken);
        }
    }

    private async Task CleanAsync(ServiceModule module, CancellationToken ct)
    {
        try
        {
            var before = clock.GetUtcNow() - Kept;
            await using var session = module.ResolveStore(services).LightweightSession(Store.Tenants.Platform);
            session.DeleteWhere<InboxEntry>(entry => entry.At < before);
            await session.SaveChangesAsync(ct);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            log.LogWarning(fault, "The inbox of {Service} was not cleaned; it will be tried again", module.Name);
        }
    }
}
