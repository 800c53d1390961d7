using Npgsql;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>
/// Keeps the buckets of long metrics in step with their points, in the transaction that writes these. The caller holds the locks of the metrics'
/// rows, so nobody else writes the same buckets.
/// </summary>
internal static class BucketUpkeep
{
    /// <summary>A metric of at most this many points has no buckets: its points are as quickly read themselves.</summary>
    public const int Threshold = 32_768;

    private static readonly Axis[] Axes = [Axis.Step, Axis.Time];

    /// <summary>Adds the commands that add points to the buckets; those of a COPY are written already, those of an INSERT are the first command.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<SeriesRow> rows, NpgsqlBatchCommandCollection commands, CancellationToken ct)
    {
        var grown = rows.Where(row => row.FirstSeq + row.Delta.Count > Threshold).ToList();
        if (grown.Count == 0) return;
        var sets = new Dictionary<(long Series, Axis Axis), BucketSet>();
        foreach (var row in grown)
        {
            foreach (var axis in Axes)
            {
                var (shift, count) = row.Levels[axis];
                // Too many are found at the commit after the one that made them.
                var renewed = shift is null || count > BucketSet.Most(row.FirstSeq);
                var set = shift is null ? await CountAsync(connection, row.Series, axis, row.FirstSeq, ct)
                    : renewed ? await BucketStore.ReadAsync(connection, row.Series, axis, shift.Value, ct)
                    : new BucketSet(axis, shift.Value);
                foreach (var point in row.Delta.Points) set.Add(point);
                sets[(row.Series, axis)] = set;
                if (!renewed) continue;
                set.Coarsen(row.FirstSeq + row.Delta.Count);
                commands.Add(BucketStore.Delete(row.Series, axis));
                commands.Add(BucketStore.Restart(row.Key, axis, set.Shift));
            }
        }

        commands.Add(BucketStore.Join(sets, grown));
    }

    /// <summary>Makes the buckets of a metric from its points, the first ones by arrival.</summary>
    public static async Task<BucketSet> CountAsync(NpgsqlConnection connection, long series, Axis axis, long first, CancellationToken ct)
    {
        var set = new BucketSet(axis);
        await foreach (var point in PointReader.FirstAsync(connection, series, first, ct))
        {
            set.Add(point);
            set.Coarsen(first);
        }

        return set;
    }
}
