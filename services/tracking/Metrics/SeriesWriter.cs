using System.Runtime.InteropServices;
using Mesh.Tracking.Metrics.Buckets;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>Writes the points of metrics whose summaries were moved and are locked, in the transaction of the caller.</summary>
internal static class SeriesWriter
{
    /// <summary>What batches add to each metric, in the order in which the metrics are locked.</summary>
    public static SortedDictionary<SeriesKey, SeriesDelta> Collect(IEnumerable<MetricBatch> batches)
    {
        var deltas = new SortedDictionary<SeriesKey, SeriesDelta>();
        foreach (var run in batches.GroupBy(batch => (batch.Project, batch.Run)))
        {
            var byName = new Dictionary<string, SeriesDelta>(StringComparer.Ordinal);
            foreach (var batch in run)
            {
                foreach (var point in batch.Points)
                {
                    ref var delta = ref CollectionsMarshal.GetValueRefOrAddDefault(byName, point.Name, out _);
                    (delta ??= new SeriesDelta()).Add(Sample.Of(point.Step, point.Time ?? batch.Received, point.Value));
                }
            }

            foreach (var (name, delta) in byName) deltas.Add(new SeriesKey(run.Key.Project, run.Key.Run, name), delta);
        }

        return deltas;
    }

    /// <summary>Whether a run now has too many metrics. Only a new name can be one too many, and new names are rare: most commits do not ask.</summary>
    public static async Task<bool> OverfullAsync(NpgsqlConnection connection, List<SeriesRow> rows, CancellationToken ct)
    {
        var grown = rows.Where(row => row.FirstSeq == 0).Select(row => (row.Key.Project, row.Key.Run)).Distinct().ToList();
        if (grown.Count == 0) return false;
        await using var command = new NpgsqlCommand(
            """
            select exists (
                select from unnest($1::text[], $2::uuid[]) as grown (project, run)
                where (select count(*) from metric m where m.project = grown.project and m.run = grown.run) > $3)
            """, connection)
        {
            Parameters =
            {
                new() { Value = grown.Select(run => run.Project).ToArray() },
                new() { Value = grown.Select(run => run.Run).ToArray() },
                new() { Value = (long)MetricRejections.MaxSeries },
            },
        };
        await command.PrepareAsync(ct);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Writes points and buckets, and adds the commands that are left to do.</summary>
    /// <returns>How many points there are.</returns>
    public static async Task<int> WriteAsync(NpgsqlConnection connection, List<SeriesRow> rows, NpgsqlBatchCommandCollection commands, CancellationToken ct)
    {
        var points = rows.Sum(row => row.Delta.Count);
        if (points > PointWriter.Few) await PointWriter.CopyAsync(connection, rows, ct);
        else if (points > 0) commands.Add(PointWriter.Insert(rows));
        await BucketUpkeep.AddAsync(connection, rows, commands, ct);
        return points;
    }
}

/// <summary>The batches of a commit together have more metrics than their run may have: each must be judged by itself.</summary>
internal sealed class SeriesLimitException() : Exception("A run has too many metrics.");
