using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Metrics.Live;

/// <summary>A metric that has grown: its points from one place in the order of arrival to another are new.</summary>
internal readonly record struct GrownMetric(long Series, string Name, long From, long To);

/// <summary>Reads the points that came since a position.</summary>
internal sealed class NewPointReader(ServiceDatabase<ITrackingStore> database)
{
    // Of so many new points they are first sought at the end of the order of steps, where they are unless they came out of order.
    private const int Tail = 10_000;

    /// <summary>The metrics of a run that have more points than were seen.</summary>
    /// <param name="names">Null for all.</param>
    public async Task<IReadOnlyList<GrownMetric>> FindAsync(string project, Guid run, string[]? names, MetricPosition seen, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"select series, name, count from metric where project = $1 and run = $2 {(names is null ? "" : "and name = any($3)")} order by name", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run } },
        };
        if (names is not null) command.Parameters.Add(new() { Value = names });
        await command.PrepareAsync(ct);
        var grown = new List<GrownMetric>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var (series, count) = (rows.GetInt64(0), rows.GetInt64(2));
            if (count > seen[series]) grown.Add(new GrownMetric(series, rows.GetString(1), seen[series], count));
        }

        return grown;
    }

    /// <summary>The new points of a metric: by arrival where they are few, by step where they are many.</summary>
    public async IAsyncEnumerable<MetricPoint> ReadAsync(GrownMetric metric, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        if (metric.To - metric.From <= Tail && await TailAsync(connection, metric, ct) is { } tail)
        {
            foreach (var (_, point) in tail) yield return Point(metric, point);
            yield break;
        }

        await using var command = new NpgsqlCommand(
            "select step, time, value from metric_point where series = $1 and seq >= $2 and seq < $3 order by step, time, seq", connection)
        {
            Parameters = { new() { Value = metric.Series }, new() { Value = metric.From }, new() { Value = metric.To } },
        };
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) yield return Point(metric, PointReader.Read(rows, 0));
    }

    // Null when some of the new points are elsewhere.
    private static async Task<List<(long Seq, Sample Point)>?> TailAsync(NpgsqlConnection connection, GrownMetric metric, CancellationToken ct)
    {
        var count = (int)(metric.To - metric.From);
        await using var command = new NpgsqlCommand(
            "select step, time, value, seq from metric_point where series = $1 order by step desc, time desc, seq desc limit $2", connection)
        {
            Parameters = { new() { Value = metric.Series }, new() { Value = count } },
        };
        await command.PrepareAsync(ct);
        var tail = new List<(long Seq, Sample Point)>(count);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            if (rows.GetInt64(3) is var seq && seq >= metric.From && seq < metric.To) tail.Add((seq, PointReader.Read(rows, 0)));
        tail.Sort((a, b) => a.Seq.CompareTo(b.Seq));
        return tail.Count == count ? tail : null;
    }

    private static MetricPoint Point(GrownMetric metric, Sample point) => new(metric.Name, point.Value, point.Step, point.At);
}
