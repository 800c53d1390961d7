using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics.Buckets;
using Npgsql;

namespace Mesh.Tracking.Metrics.Charts;

/// <summary>Reads metrics as charts: short ones from their points, long ones from their buckets.</summary>
internal sealed class ChartReader(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most runs of one question.</summary>
    public const int MaxRuns = 100;

    /// <summary>The most charts of one answer.</summary>
    public const int MaxCharts = 200;

    private static readonly long UnixEpoch = Sample.Microseconds(DateTimeOffset.UnixEpoch);

    /// <summary>The charts by run, in the order of the question, and name. Runs and metrics that do not exist are absent.</summary>
    /// <param name="names">Null for all metrics of the runs.</param>
    /// <param name="points">The most points of a chart.</param>
    /// <returns>Null if there are more than <see cref="MaxCharts"/>.</returns>
    public async Task<IReadOnlyList<MetricChart>?> ReadAsync(
        string project, Guid[] runs, string[]? names, int points, ChartAxis x, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var found = await FindAsync(connection, project, runs, names, ct);
        if (found.Count > MaxCharts) return null;
        var axis = x == ChartAxis.Step ? Axis.Step : Axis.Time;
        var charts = new List<MetricChart>(found.Count);
        foreach (var metric in found)
        {
            var drawn = await DrawAsync(connection, metric, axis, points, ct);
            charts.Add(new MetricChart(
                metric.Run, metric.Name, metric.Count, metric.Count > points, [.. drawn.Select(point => Place(point, x, metric.Start))],
                [.. drawn.Select(point => point.Step)], [.. drawn.Select(point => point.At)], [.. drawn.Select(point => point.Value)]));
        }

        return charts;
    }

    private static async Task<IReadOnlyList<Sample>> DrawAsync(NpgsqlConnection connection, Metric metric, Axis axis, int most, CancellationToken ct)
    {
        if (metric.Count <= BucketUpkeep.Threshold)
        {
            var points = new List<Sample>((int)metric.Count);
            await foreach (var point in PointReader.FirstAsync(connection, metric.Series, metric.Count, ct)) points.Add(point);
            return Thinning.Thin(points, axis, most);
        }

        // A metric that grew before there were buckets has them from the next point on.
        var buckets = metric.Levels[axis].Shift is { } shift
            ? await BucketStore.ReadAsync(connection, metric.Series, axis, shift, ct)
            : await BucketUpkeep.CountAsync(connection, metric.Series, axis, metric.Count, ct);
        return Thinning.Thin([.. buckets.Items.OrderBy(item => item.Key).Select(item => item.Value)], axis, most);
    }

    private static double Place(Sample point, ChartAxis x, long start) => x switch
    {
        ChartAxis.Step => point.Step,
        ChartAxis.Time => (point.Time - UnixEpoch) / 1e3,
        _ => (point.Time - start) / 1e6,
    };

    private static async Task<List<Metric>> FindAsync(NpgsqlConnection connection, string project, Guid[] runs, string[]? names, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select m.run, m.name, m.series, m.count, coalesce(r.started_at, r.created_at), m.step_shift, m.step_buckets, m.time_shift, m.time_buckets
            from unnest($2::uuid[]) with ordinality as wanted (run, place)
            join mt_doc_run r on r.tenant_id = $1 and r.id = wanted.run::text and not r.deleted
            join metric m on m.project = $1 and m.run = wanted.run {(names is null ? "" : "and m.name = any($4)")}
            order by wanted.place, m.name limit $3
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = runs }, new() { Value = MaxCharts + 1 } },
        };
        if (names is not null) command.Parameters.Add(new() { Value = names });
        await command.PrepareAsync(ct);
        var found = new List<Metric>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add(new Metric(rows.GetGuid(0), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), await rows.GetFieldValueAsync<long>(4, ct), BucketLevels.Read(rows, 5)));
        return found;
    }

    private sealed record Metric(Guid Run, string Name, long Series, long Count, long Start, BucketLevels Levels);
}
