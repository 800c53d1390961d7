using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>Chooses the steps at which histories of one metric in several runs are shown.</summary>
internal static class HistorySteps
{
    /// <summary>Up to so many points of all the runs their steps are counted out; beyond, the stretches from the first to the last are divided.</summary>
    public const long Countable = 200_000;

    // Of the n steps of a run those at every n/limit-th place, the first and the last.
    private const string CountedOut =
        """
        select distinct step from (
            select s.step, row_number() over (partition by wanted.series order by s.step) - 1 as n, count(*) over (partition by wanted.series) as total
            from unnest($1::int8[]) as wanted (series)
            cross join lateral (select distinct step from metric_point where series = wanted.series and step between $2 and $3) s) steps
        where total <= $4 or n = 0 or n = total - 1 or (n * $4) / total <> ((n - 1) * $4) / total
        """;

    // Of each run the first step at or after each of limit places that are equally far from each other, and the last.
    private const string Divided =
        """
        with ends as (
            select wanted.series, f.step as first, l.step as last
            from unnest($1::int8[]) as wanted (series)
            cross join lateral (select step from metric_point where series = wanted.series and step between $2 and $3 order by step limit 1) f
            cross join lateral (select step from metric_point where series = wanted.series and step between $2 and $3 order by step desc limit 1) l)
        select next.step from ends
        cross join generate_series(0, $4 - 1) as i
        cross join lateral (
            select step from metric_point
            where series = ends.series and step >= floor(ends.first + (ends.last::numeric - ends.first) * i / $4)::int8 order by step limit 1) next
        union
        select last from ends
        """;

    /// <summary>The steps, within bounds, in no order.</summary>
    /// <param name="limit">How many are chosen of each run.</param>
    public static async Task<long[]> ChooseAsync(
        NpgsqlConnection connection, string project, Guid[] runs, string name, long start, long end, int limit, CancellationToken ct)
    {
        var (series, points) = await FindAsync(connection, project, runs, name, ct);
        await using var command = new NpgsqlCommand(points <= Countable ? CountedOut : Divided, connection)
        {
            Parameters = { new() { Value = series }, new() { Value = start }, new() { Value = end }, new() { Value = (long)limit } },
        };
        await command.PrepareAsync(ct);
        var steps = new List<long>(limit);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) steps.Add(rows.GetInt64(0));
        return [.. steps];
    }

    private static async Task<(long[] Series, long Points)> FindAsync(NpgsqlConnection connection, string project, Guid[] runs, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select series, count from metric where project = $1 and run = any($2) and name = $3", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = runs }, new() { Value = name } },
        };
        await command.PrepareAsync(ct);
        var (series, points) = (new List<long>(), 0L);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            series.Add(rows.GetInt64(0));
            points += rows.GetInt64(1);
        }

        return ([.. series], points);
    }
}
