using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>Reads and writes buckets. Of a point, <c>x</c> is its place on the axis and <c>y</c> the other of step and time.</summary>
internal static class BucketStore
{
    private const string Columns =
        "count, first_x, first_y, first_value, last_x, last_y, last_value, min_x, min_y, min_value, max_x, max_y, max_value";

    /// <summary>All buckets of a metric along an axis.</summary>
    public static async Task<BucketSet> ReadAsync(NpgsqlConnection connection, long series, Axis axis, int shift, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select bucket, {Columns} from metric_bucket where series = $1 and axis = $2", connection)
        {
            Parameters = { new() { Value = series }, new() { Value = (short)axis } },
        };
        await command.PrepareAsync(ct);
        var set = new BucketSet(axis, shift);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) set.Add(rows.GetInt64(0), Read(rows, 1, axis));
        return set;
    }

    /// <summary>Joins the buckets that are stored under the same indexes to those of each set.</summary>
    /// <returns>How many were found of each.</returns>
    public static async Task<Dictionary<(long Series, Axis Axis), int>> JoinStoredAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<(long Series, Axis Axis), BucketSet> sets, CancellationToken ct)
    {
        var keys = sets.SelectMany(set => set.Value.Items.Keys.Select(index => (set.Key.Series, Axis: (short)set.Key.Axis, Index: index))).ToArray();
        await using var command = new NpgsqlCommand(
            $"""
            select series, axis, bucket, {Columns} from unnest($1::int8[], $2::int2[], $3::int8[]) as touched (series, axis, bucket)
            join metric_bucket using (series, axis, bucket)
            """, connection)
        {
            Parameters =
            {
                new() { Value = keys.Select(k => k.Series).ToArray() },
                new() { Value = keys.Select(k => k.Axis).ToArray() },
                new() { Value = keys.Select(k => k.Index).ToArray() },
            },
        };
        await command.PrepareAsync(ct);
        var found = new Dictionary<(long, Axis), int>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var key = (rows.GetInt64(0), (Axis)rows.GetInt16(1));
            sets[key].Add(rows.GetInt64(2), Read(rows, 3, key.Item2));
            found[key] = found.GetValueOrDefault(key) + 1;
        }

        return found;
    }

    /// <summary>The command that writes buckets over those that are there.</summary>
    public static NpgsqlBatchCommand Write(IReadOnlyDictionary<(long Series, Axis Axis), BucketSet> sets)
    {
        var rows = sets.SelectMany(set => set.Value.Items.Select(item => (set.Key.Series, set.Key.Axis, Index: item.Key, Bucket: item.Value))).ToArray();
        var command = new NpgsqlBatchCommand(
            $"""
            insert into metric_bucket (series, axis, bucket, {Columns})
            select * from unnest($1::int8[], $2::int2[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::float8[], $8::int8[], $9::int8[], $10::float8[],
                                 $11::int8[], $12::int8[], $13::float8[], $14::int8[], $15::int8[], $16::float8[])
            on conflict (series, axis, bucket) do update set
                count = excluded.count,
                first_x = excluded.first_x, first_y = excluded.first_y, first_value = excluded.first_value,
                last_x = excluded.last_x, last_y = excluded.last_y, last_value = excluded.last_value,
                min_x = excluded.min_x, min_y = excluded.min_y, min_value = excluded.min_value,
                max_x = excluded.max_x, max_y = excluded.max_y, max_value = excluded.max_value
            """)
        {
            Parameters =
            {
                new() { Value = rows.Select(r => r.Series).ToArray() },
                new() { Value = rows.Select(r => (short)r.Axis).ToArray() },
                new() { Value = rows.Select(r => r.Index).ToArray() },
                new() { Value = rows.Select(r => r.Bucket.Count).ToArray() },
            },
        };
        foreach (var point in (Func<Bucket, Sample>[])[b => b.First, b => b.Last, b => b.Lowest, b => b.Highest])
        {
            command.Parameters.Add(new() { Value = rows.Select(r => r.Axis.Place(point(r.Bucket))).ToArray() });
            command.Parameters.Add(new() { Value = rows.Select(r => Other(r.Axis).Place(point(r.Bucket))).ToArray() });
            command.Parameters.Add(new() { Value = rows.Select(r => point(r.Bucket).Value).ToArray() });
        }

        return command;
    }

    /// <summary>The command that removes all buckets of a metric along an axis.</summary>
    public static NpgsqlBatchCommand Delete(long series, Axis axis) => new("delete from metric_bucket where series = $1 and axis = $2")
    {
        Parameters = { new() { Value = series }, new() { Value = (short)axis } },
    };

    /// <summary>The command that writes the widths and numbers of buckets into the rows of their metrics.</summary>
    public static NpgsqlBatchCommand WriteLevels(IReadOnlyCollection<(long Series, SeriesKey Key, BucketLevels Levels)> levels) => new(
        """
        update metric m set step_shift = l.step_shift, step_buckets = l.step_buckets, time_shift = l.time_shift, time_buckets = l.time_buckets
        from unnest($1::text[], $2::uuid[], $3::text[], $4::int2[], $5::int4[], $6::int2[], $7::int4[])
            as l (project, run, name, step_shift, step_buckets, time_shift, time_buckets)
        where m.project = l.project and m.run = l.run and m.name = l.name
        """)
    {
        Parameters =
        {
            new() { Value = levels.Select(l => l.Key.Project).ToArray() },
            new() { Value = levels.Select(l => l.Key.Run).ToArray() },
            new() { Value = levels.Select(l => l.Key.Name).ToArray() },
            new() { Value = levels.Select(l => l.Levels.Step.Shift).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
            new() { Value = levels.Select(l => l.Levels.Step.Rows).ToArray() },
            new() { Value = levels.Select(l => l.Levels.Time.Shift).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
            new() { Value = levels.Select(l => l.Levels.Time.Rows).ToArray() },
        },
    };

    private static Axis Other(Axis axis) => axis == Axis.Step ? Axis.Time : Axis.Step;

    private static Bucket Read(NpgsqlDataReader row, int first, Axis axis) =>
        new(row.GetInt64(first), Point(row, first + 1, axis), Point(row, first + 4, axis), Point(row, first + 7, axis), Point(row, first + 10, axis));

    private static Sample Point(NpgsqlDataReader row, int first, Axis axis)
    {
        var (x, y, value) = (row.GetInt64(first), row.GetInt64(first + 1), row.GetDouble(first + 2));
        return axis == Axis.Step ? new Sample(x, y, value) : new Sample(y, x, value);
    }
}
