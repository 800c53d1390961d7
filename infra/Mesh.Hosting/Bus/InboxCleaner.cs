using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Bus;

/// <summary>Forgets inbox entries that are older than any redelivery can be.</summary>
internal sealed class InboxCleaner(IEnumerable<ServiceModule> modules, IServiceProvider services, TimeProvider clock, ILogger<InboxCleaner> log)
    : BackgroundService
{
    // Bounded, so that no statement takes long however much there is to forget.
    private const int MostAtOnce = 5_000;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(6), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var module in modules.Where(module => module.HasStore)) await CleanAsync(module, stoppingToken);
        }
    }

    internal async Task CleanAsync(ServiceModule module, CancellationToken ct)
    {
        try
        {
            var before = clock.GetUtcNow() - Kept;
            await using var forget = module.ResolveDatabase(services).DataSource.CreateCommand(
                "delete from mt_doc_inbox where id in (select id from mt_doc_inbox where at < $1 limit $2)");
            forget.Parameters.Add(new() { Value = before });
            forget.Parameters.Add(new() { Value = MostAtOnce });
            while (await forget.ExecuteNonQueryAsync(ct) == MostAtOnce)
            {
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            log.LogWarning(fault, "The inbox of {Service} was not cleaned; it will be tried again", module.Name);
        }
    }
}
