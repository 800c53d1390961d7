using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Webhooks;

/// <summary>Forgets deliveries that are over: what is pending stays, however old.</summary>
internal sealed class DeliveryRetention(
    ServiceDatabase<IMonitoringStore> database, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<DeliveryRetention> log)
    : AgedRows<IMonitoringStore>(database, clock, log)
{
    protected override IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions =>
    [
        ("delete from webhook_delivery where state = 'delivered' and finished_at < $1", TimeSpan.FromDays(options.Value.DeliveredDays)),
        ("delete from webhook_delivery where state = 'failed' and finished_at < $1", TimeSpan.FromDays(options.Value.FailedDays)),
    ];
}
