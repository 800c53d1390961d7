using System.Globalization;
using System.Text.Json;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

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
        await using var command = new NpgsqlCommand(
            $"""
            select distinct p.step, p.time, p.value from metric m join metric_point p on p.series = m.series
            where m.project = $1 and m.run = $2 and m.name = $3 {(after is { Length: 3 } ? "and (p.step, p.time, p.value) > ($5, $6, $7)" : "")}
            order by p.step, p.time, p.value limit $4
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run }, new() { Value = name }, new() { Value = limit + 1 } },
        };
        if (after is { Length: 3 })
        {
            command.Parameters.Add(new() { Value = long.Parse(after[0].GetString()!, CultureInfo.InvariantCulture) });
            command.Parameters.Add(new() { Value = new DateTime(long.Parse(after[1].GetString()!, CultureInfo.InvariantCulture), DateTimeKind.Utc) });
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
        return await ReadAsync(command, ct);
    }

    /// <summary>
    /// The histories of one metric of several runs, thinned to at most <paramref name="limit"/> steps a run, evenly over its own steps; the first and the last
    /// step of every run are there for each, so that the lines of a chart can be compared at the same steps.
    /// </summary>
    public async Task<IReadOnlyList<(Guid Run, HistoryPoint Point)>> SampleAsync(string project, Guid[] runs, string name, long? start, long? end, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with wanted as (
                select m.run, m.series, w.place from unnest($2::uuid[]) with ordinality as w (run, place)
                join metric m on m.project = $1 and m.run = w.run and m.name = $3),
            steps as (
                select wanted.series, s.step, row_number() over (partition by wanted.series order by s.step) - 1 as n, count(*) over (partition by wanted.series) as total
                from wanted cross join lateral (
                    select distinct step from metric_point p
                    where p.series = wanted.series and p.step between coalesce($4, '-9223372036854775808'::bigint) and coalesce($5, '9223372036854775807'::bigint)) s),
            chosen as (
                select distinct step from steps
                where total <= $6 or n = 0 or n = total - 1 or (n * $6) / total <> ((n - 1) * $6) / total)
            select wanted.run, p.step, p.time, p.value
            from wanted join metric_point p on p.series = wanted.series join chosen on chosen.step = p.step
            group by wanted.run, wanted.place, p.step, p.time, p.value
            order by wanted.place, p.step, p.time, p.value
            """)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = runs }, new() { Value = name },
                new() { Value = (object?)start ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint }, new() { Value = (object?)end ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                new() { Value = (long)limit },
            },
        };
        return await ReadAsync(command, ct);
    }

    private async Task<IReadOnlyList<(Guid Run, HistoryPoint Point)>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        command.Connection = connection;
        var points = new List<(Guid, HistoryPoint)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            points.Add((rows.GetGuid(0), new HistoryPoint(rows.GetInt64(1), await rows.GetFieldValueAsync<DateTimeOffset>(2, ct), rows.GetDouble(3))));
        return points;
    }

    private static JsonElement[] Position(HistoryPoint point) =>
    [
        JsonSerializer.SerializeToElement(point.Step.ToString(CultureInfo.InvariantCulture)),
        JsonSerializer.SerializeToElement(point.Time.UtcTicks.ToString(CultureInfo.InvariantCulture)),
        JsonSerializer.SerializeToElement(point.Value.ToString("R", CultureInfo.InvariantCulture)),
    ];
}
