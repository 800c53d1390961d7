using System.Globalization;
using System.Text.Json;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>A point of a metric.</summary>
internal readonly record struct HistoryPoint(long Step, DateTimeOffset Time, double Value);

/// <summary>Histories of metrics across runs, by step and time. The same point (step, time, value) is shown once, however often it came.</summary>
internal sealed class MetricHistory(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The history of one metric, behind a position, with the position to go on from.</summary>
    public async Task<(IReadOnlyList<HistoryPoint> Points, JsonElement[]? Next)> ReadAsync(
        string project, Guid run, string name, JsonElement[]? after, int limit, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        if (await PointReader.SeriesAsync(connection, project, run, name, ct) is not { } series) return ([], null);
        // Grouped rather than distinct: the index has the order, and a page reads no more than it shows.
        await using var command = new NpgsqlCommand(
            $"""
            select step, time, value from metric_point
            where series = $1 {(after is { Length: 3 } ? "and (step, time) >= ($3, $4) and (step, time, value) > ($3, $4, $5)" : "")}
            group by step, time, value order by step, time, value limit $2
            """, connection)
        {
            Parameters = { new() { Value = series }, new() { Value = limit + 1 } },
        };
        if (after is { Length: 3 })
        {
            command.Parameters.Add(new() { Value = long.Parse(after[0].GetString()!, CultureInfo.InvariantCulture) });
            command.Parameters.Add(PointReader.Time(long.Parse(after[1].GetString()!, CultureInfo.InvariantCulture)));
            command.Parameters.Add(new() { Value = double.Parse(after[2].GetString()!, CultureInfo.InvariantCulture) });
        }

        var points = new List<HistoryPoint>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (points.Count == limit) return (points, Position(points[^1]));
            points.Add(new HistoryPoint(rows.GetInt64(0), await rows.GetFieldValueAsync<DateTimeOffset>(1, ct), rows.GetDouble(2)));
        }

        return (points, null);
    }

    /// <summary>The histories of one metric of several runs, run by run, at most <paramref name="limit"/> points together.</summary>
    public async Task<IReadOnlyList<(Guid Run, HistoryPoint Point)>> ReadManyAsync(string project, Guid[] runs, string name, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select m.run, p.step, p.time, p.value
            from unnest($2::uuid[]) with ordinality as wanted (run, place)
            join metric m on m.project = $1 and m.run = wanted.run and m.name = $3
            cross join lateral (select distinct step, time, value from metric_point where series = m.series order by step, time, value limit $4) p
            order by wanted.place, p.step, p.time, p.value limit $4
            """)
        {
            Parameters = { new() { Value = project }, new() { Value = runs }, new() { Value = name }, new() { Value = limit } },
        };
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        command.Connection = connection;
        return await ReadAsync(command, ct);
    }

    // A step may hold any number of points.
    private const int MostSampledOfRun = 25_000;

    /// <summary>
    /// The histories of one metric of several runs, thinned to at most <paramref name="limit"/> steps a run, evenly over its own steps; the first and the last
    /// step of every run are there for each, so that the lines of a chart can be compared at the same steps. Of metrics
    /// so long that their steps cannot be counted out, steps are chosen evenly over the stretch from the first to the last.
    /// </summary>
    public async Task<IReadOnlyList<(Guid Run, HistoryPoint Point)>> SampleAsync(string project, Guid[] runs, string name, long? start, long? end, int limit, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var steps = await HistorySteps.ChooseAsync(connection, project, runs, name, start ?? long.MinValue, end ?? long.MaxValue, limit, ct);
        await using var command = new NpgsqlCommand(
            """
            select m.run, p.step, p.time, p.value
            from unnest($2::uuid[]) with ordinality as wanted (run, place)
            join metric m on m.project = $1 and m.run = wanted.run and m.name = $3
            cross join lateral (
                select step, time, value from metric_point where series = m.series and step = any($4) group by step, time, value order by step, time, value limit $5) p
            order by wanted.place, p.step, p.time, p.value
            """, connection)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = runs }, new() { Value = name }, new() { Value = steps }, new() { Value = MostSampledOfRun },
            },
        };
        return await ReadAsync(command, ct);
    }

    private static async Task<IReadOnlyList<(Guid Run, HistoryPoint Point)>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var points = new List<(Guid, HistoryPoint)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            points.Add((rows.GetGuid(0), new HistoryPoint(rows.GetInt64(1), await rows.GetFieldValueAsync<DateTimeOffset>(2, ct), rows.GetDouble(3))));
        return points;
    }

    private static JsonElement[] Position(HistoryPoint point) =>
    [
        JsonSerializer.SerializeToElement(point.Step.ToString(CultureInfo.InvariantCulture)),
        JsonSerializer.SerializeToElement(Sample.Microseconds(point.Time).ToString(CultureInfo.InvariantCulture)),
        JsonSerializer.SerializeToElement(point.Value.ToString("R", CultureInfo.InvariantCulture)),
    ];
}
