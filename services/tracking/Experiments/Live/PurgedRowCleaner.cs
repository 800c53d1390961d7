using Mesh.Hosting.Store;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>Forgets rows of purged runs once nobody comes back to the table who has not heard of it.</summary>
internal sealed class PurgedRowCleaner(ServiceDatabase<ITrackingStore> database, TimeProvider clock, ILogger<PurgedRowCleaner> log)
    : AgedRows<ITrackingStore>(database, clock, log)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<(string Sql, TimeSpan Kept)> Deletions { get; } =
        [("delete from run_change where purged_at < $1", TimeSpan.FromDays(14))];
}
