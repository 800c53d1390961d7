using Npgsql;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// Runs by the hundred thousand, straight into the tables of the tracking service: 20 params, 3 tags and 20 metrics each. One run of a hundred is deleted, and
/// of <c>metric1</c> one value of a hundred is NaN and one of twenty is missing.
/// </summary>
internal static class SearchData
{
    private const string Runs =
        """
        create temporary table wanted on commit drop as
        select n, (lpad(to_hex(1700000000000 + n * 1000), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid as id,
            case when n % 5 <> 0 then 1 else 2 + n / 5 % 20 end as experiment, timestamptz '2023-11-14 22:13:20+00' + n * interval '1 second' as at,
            case when n % 50 = 0 then 'Failed' else 'Completed' end as status
        from (select n, md5($1 || n) as h from generate_series(1, $2::bigint) n) numbers
        """;

    private const string Documents =
        """
        insert into mt_doc_run (tenant_id, id, data, mt_version, name, status, attempt, lost_attempt, deleted, created_at, experiment_id, began_at, started_at, ended_at, user_id)
        select $1, id::text,
            jsonb_build_object('id', id, 'version', 4, 'name', 'run-' || n, 'experiment', 'e' || experiment, 'experimentId', experiment, 'userId', 'user' || n % 10,
                'status', status, 'attempt', 1, 'createdBy', 'ada', 'createdAt', at, 'beganAt', at, 'startedAt', at, 'endedAt', at + interval '1 minute',
                'deleted', n % 100 = 1, 'tags', jsonb_build_object('team', 'team' || n % 7, 'mlflow.source.name', 'train.py', 'ticket', 't' || n % 20000),
                'params', (
                    select jsonb_object_agg('param' || p, case p % 4
                        when 0 then ((n / 7 + p * 17) % 10)::text
                        when 1 then round((n * 7919 % 10007)::numeric / 10007, 4)::text
                        else 'value-' || n * (p + 3) % 1000 end)
                    from generate_series(0, 19) p)),
            4, 'run-' || n, status, 1, 0, n % 100 = 1, at, experiment, at, at, at + interval '1 minute', 'user' || n % 10
        from wanted
        """;

    private const string Metrics =
        """
        insert into metric (project, run, name, last, last_step, last_time, min, max, count)
        select $1, id, 'metric' || m, value, 100, at, value, value, 100
        from wanted cross join generate_series(0, 19) m cross join lateral (select case when m = 1 and n % 100 = 3 then 'NaN'::float8 else random() end as value) drawn
        where m <> 1 or n % 20 <> 7
        """;

    /// <summary>Adds the runs of a project. Indexes are made anew behind them, which takes a fraction of the time that rows one by one would.</summary>
    public static async Task GenerateAsync(NpgsqlDataSource source, string project, long runs)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var indexes = await IndexesAsync(connection);
            foreach (var (name, _) in indexes) await ExecuteAsync(connection, $"drop index {name}");
            await ExecuteAsync(connection, "set local work_mem = '64MB'; set local maintenance_work_mem = '256MB'; select setseed(0.5)");
            await ExecuteAsync(connection, Runs, project, runs);
            await ExecuteAsync(connection, Documents, project);
            await ExecuteAsync(connection, Metrics, project);
            foreach (var (_, definition) in indexes) await ExecuteAsync(connection, definition);
            await transaction.CommitAsync();
        }

        // As autovacuum would, which comes when it likes.
        await ExecuteAsync(connection, "vacuum analyze mt_doc_run");
        await ExecuteAsync(connection, "vacuum analyze metric");
    }

    private static async Task<List<(string Name, string Definition)>> IndexesAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "select format('%I.%I', schemaname, indexname), indexdef from pg_indexes where tablename in ('mt_doc_run', 'metric') and indexdef not like 'CREATE UNIQUE%'", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<(string, string)>();
        while (await rows.ReadAsync()) found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
