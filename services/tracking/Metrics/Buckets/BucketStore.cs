using Npgsql;

namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>Reads and writes buckets. Of a point, <c>x</c> is its place on the axis and <c>y</c> the other of step and time.</summary>
internal static class BucketStore
{
    private const string Columns =
        "count, first_x, first_y, first_value, last_x, last_y, last_value, min_x, min_y, min_value, max_x, max_y, max_value";

    // What Bucket.Join does. NaN is above every number in PostgreSQL's order, which suits the lowest but not the highest value. A row that was inserted
    // has no xmax; one that was updated had to be locked first.
    private static readonly string JoinSql =
        $"""
        with joined as (
            insert into metric_bucket as b (series, axis, bucket, {Columns})
            select * from unnest($1::int8[], $2::int2[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::float8[], $8::int8[], $9::int8[], $10::float8[],
                                 $11::int8[], $12::int8[], $13::float8[], $14::int8[], $15::int8[], $16::float8[])
            on conflict (series, axis, bucket) do update set count = b.count + excluded.count,
            {Replaced("first", "(excluded.first_x, excluded.first_y, excluded.first_value) < (b.first_x, b.first_y, b.first_value)")},
            {Replaced("last", "(excluded.last_x, excluded.last_y, excluded.last_value) > (b.last_x, b.last_y, b.last_value)")},
            {Replaced("min", "(excluded.min_value, excluded.min_x, excluded.min_y) < (b.min_value, b.min_x, b.min_y)")},
            {Replaced("max", "(excluded.max_value = 'NaN', -excluded.max_value, excluded.max_x, excluded.max_y) < (b.max_value = 'NaN', -b.max_value, b.max_x, b.max_y)")}
            returning b.series, b.axis, b.xmax = 0 as is_new),
        added as (
            select series, count(*) filter (where axis = 0) as steps, count(*) filter (where axis = 1) as times from joined where is_new group by series)
        update metric m set step_buckets = m.step_buckets + added.steps, time_buckets = m.time_buckets + added.times
        from added join unnest($17::int8[], $18::text[], $19::uuid[], $20::text[]) as l (series, project, run, name) using (series)
        where m.project = l.project and m.run = l.run and m.name = l.name
        """;

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

    /// <summary>The command that joins buckets to those that are stored, and counts those that are new in the rows of their metrics.</summary>
    public static NpgsqlBatchCommand Join(IReadOnlyDictionary<(long Series, Axis Axis), BucketSet> sets, IReadOnlyCollection<SeriesRow> metrics)
    {
        var rows = sets.SelectMany(set => set.Value.Items.Select(item => (set.Key.Series, set.Key.Axis, Index: item.Key, Bucket: item.Value))).ToArray();
        var command = new NpgsqlBatchCommand(JoinSql)
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

        command.Parameters.Add(new() { Value = metrics.Select(m => m.Series).ToArray() });
        command.Parameters.Add(new() { Value = metrics.Select(m => m.Key.Project).ToArray() });
        command.Parameters.Add(new() { Value = metrics.Select(m => m.Key.Run).ToArray() });
        command.Parameters.Add(new() { Value = metrics.Select(m => m.Key.Name).ToArray() });
        return command;
    }

    /// <summary>The command that removes all buckets of a metric along an axis.</summary>
    public static NpgsqlBatchCommand Delete(long series, Axis axis) => new("delete from metric_bucket where series = $1 and axis = $2")
    {
        Parameters = { new() { Value = series }, new() { Value = (short)axis } },
    };

    /// <summary>The command that writes the width of a metric's buckets along an axis into its row, before the buckets themselves are counted there.</summary>
    public static NpgsqlBatchCommand Restart(SeriesKey metric, Axis axis, int shift) => new(axis == Axis.Step
        ? "update metric set step_shift = $4, step_buckets = 0 where project = $1 and run = $2 and name = $3"
        : "update metric set time_shift = $4, time_buckets = 0 where project = $1 and run = $2 and name = $3")
    {
        Parameters = { new() { Value = metric.Project }, new() { Value = metric.Run }, new() { Value = metric.Name }, new() { Value = (short)shift } },
    };

    private static string Replaced(string point, string when) => string.Join(
        ", ", new[] { "x", "y", "value" }.Select(part => $"{point}_{part} = case when {when} then excluded.{point}_{part} else b.{point}_{part} end"));

    private static Axis Other(Axis axis) => axis == Axis.Step ? Axis.Time : Axis.Step;

    private static Bucket Read(NpgsqlDataReader row, int first, Axis axis) =>
        new(row.GetInt64(first), Point(row, first + 1, axis), Point(row, first + 4, axis), Point(row, first + 7, axis), Point(row, first + 10, axis));

    private static Sample Point(NpgsqlDataReader row, int first, Axis axis)
    {
        var (x, y, value) = (row.GetInt64(first), row.GetInt64(first + 1), row.GetDouble(first + 2));
        return axis == Axis.Step ? new Sample(x, y, value) : new Sample(y, x, value);
    }
}
