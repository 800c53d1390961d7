using Mesh.Tracking.Metrics.Buckets;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Metrics;

/// <summary>Adds to the summaries of metrics, makes those that are new, and locks their rows until the commit.</summary>
internal static class SummaryUpsert
{
    private const string Sql =
        """
        insert into metric as m (project, run, name, last, last_step, last_time, min, max, count)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::float8[], $5::int8[], $6::timestamptz[], $7::float8[], $8::float8[], $9::int8[])
        on conflict (project, run, name) do update set
            last = case when (excluded.last_step, excluded.last_time, excluded.last) > (m.last_step, m.last_time, m.last) then excluded.last else m.last end,
            last_step = greatest(excluded.last_step, m.last_step),
            last_time = case when (excluded.last_step, excluded.last_time) > (m.last_step, m.last_time) then excluded.last_time else m.last_time end,
            min = least(m.min, excluded.min),
            max = case when m.max = 'NaN' then excluded.max when excluded.max = 'NaN' then m.max else greatest(m.max, excluded.max) end,
            count = m.count + excluded.count
        returning project, run, name, series, count, step_shift, step_buckets, time_shift, time_buckets
        """;

    /// <summary>The command. Sorted: replicas lock the rows in one order and never deadlock.</summary>
    public static NpgsqlBatchCommand Of(SortedDictionary<SeriesKey, SeriesDelta> series)
    {
        var (keys, deltas) = (series.Keys, series.Values);
        return new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new() { Value = keys.Select(k => k.Project).ToArray() },
                new() { Value = keys.Select(k => k.Run).ToArray() },
                new() { Value = keys.Select(k => k.Name).ToArray() },
                new() { Value = deltas.Select(d => d.Last.Value).ToArray() },
                new() { Value = deltas.Select(d => d.Last.Step).ToArray() },
                new() { Value = deltas.Select(d => d.Last.Time).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = deltas.Select(d => d.Min).ToArray() },
                new() { Value = deltas.Select(d => d.Max).ToArray() },
                new() { Value = deltas.Select(d => (long)d.Count).ToArray() },
            },
        };
    }

    /// <summary>Reads what the command returned.</summary>
    public static async Task<List<SeriesRow>> ReadAsync(NpgsqlDataReader reader, SortedDictionary<SeriesKey, SeriesDelta> series, CancellationToken ct)
    {
        var rows = new List<SeriesRow>(series.Count);
        while (await reader.ReadAsync(ct))
        {
            var key = new SeriesKey(reader.GetString(0), reader.GetGuid(1), reader.GetString(2));
            var delta = series[key];
            rows.Add(new SeriesRow(key, reader.GetInt64(3), reader.GetInt64(4) - delta.Count, delta, BucketLevels.Read(reader, 5)));
        }

        return rows;
    }
}
