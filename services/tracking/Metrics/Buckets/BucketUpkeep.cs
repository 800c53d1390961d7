using Npgsql;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>
/// Keeps the buckets of long metrics in step with their points, in the transaction that writes these. The caller holds the locks of the metrics'
/// rows, so nobody else writes the same buckets.
/// </summary>
internal static class BucketUpkeep
{
    /// <summary>A metric of at most this many points has no buckets: its points are as quickly read themselves.</summary>
    public const int Threshold = 16_384;

    private static readonly Axis[] Axes = [Axis.Step, Axis.Time];

    /// <summary>Adds points that were just written.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<SeriesRow> rows, CancellationToken ct)
    {
        var grown = rows.Where(row => row.FirstSeq + row.Delta.Count > Threshold).ToList();
        if (grown.Count == 0) return;
        var sets = new Dictionary<(long Series, Axis Axis), BucketSet>();
        foreach (var row in grown.Where(row => row.Levels.Step.Shift is not null))
        {
            foreach (var axis in Axes)
            {
                var set = sets[(row.Series, axis)] = new BucketSet(axis, row.Levels[axis].Shift!.Value);
                foreach (var point in row.Delta.Points) set.Add(point);
            }
        }

        var stored = sets.Count == 0 ? [] : await BucketStore.JoinStoredAsync(connection, sets, ct);
        await using var writes = new NpgsqlBatch(connection);
        var levels = new List<(long, SeriesKey, BucketLevels)>();
        foreach (var row in grown)
        {
            var after = new Dictionary<Axis, BucketLevel>();
            if (row.Levels.Step.Shift is null)
                foreach (var set in await CountAsync(connection, row.Series, ct)) sets[(row.Series, set.Axis)] = set;
            foreach (var axis in Axes)
            {
                var set = sets[(row.Series, axis)];
                var count = row.Levels[axis].Rows + set.Count - stored.GetValueOrDefault((row.Series, axis));
                if (count > BucketSet.Most)
                {
                    set = sets[(row.Series, axis)] = await CoarserAsync(connection, row.Series, set, ct);
                    writes.BatchCommands.Add(BucketStore.Delete(row.Series, axis));
                    count = set.Count;
                }

                after[axis] = new BucketLevel((short)set.Shift, count);
            }

            var now = new BucketLevels(after[Axis.Step], after[Axis.Time]);
            if (now != row.Levels) levels.Add((row.Series, row.Key, now));
        }

        writes.BatchCommands.Add(BucketStore.Write(sets));
        if (levels.Count > 0) writes.BatchCommands.Add(BucketStore.WriteLevels(levels));
        await writes.PrepareAsync(ct);
        await writes.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Makes the buckets of a metric from its points.</summary>
    public static async Task<IReadOnlyList<BucketSet>> CountAsync(NpgsqlConnection connection, long series, CancellationToken ct)
    {
        BucketSet[] sets = [new(Axis.Step), new(Axis.Time)];
        await foreach (var point in PointReader.AllAsync(connection, series, ct))
        {
            foreach (var set in sets)
            {
                set.Add(point);
                set.Coarsen();
            }
        }

        return sets;
    }

    // All buckets of the axis, with those that were just added to, at a greater width.
    private static async Task<BucketSet> CoarserAsync(NpgsqlConnection connection, long series, BucketSet changed, CancellationToken ct)
    {
        var all = await BucketStore.ReadAsync(connection, series, changed.Axis, changed.Shift, ct);
        foreach (var (index, bucket) in changed.Items) all.Put(index, bucket);
        all.Coarsen();
        return all;
    }
}
