using Mesh.Hosting.Store;

namespace Mesh.Tracking.Metrics;

/// <summary>Forgets batch ids that are older than any client sends a batch again.</summary>
internal sealed class BatchIdCleaner(ServiceDatabase<ITrackingStore> database, TimeProvider clock, ILogger<BatchIdCleaner> log)
    : AgedRows<ITrackingStore>(database, clock, log)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions { get; } =
        [("delete from metric_batch where written_at < $1", TimeSpan.FromDays(14))];
}
