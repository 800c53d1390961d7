using System.Data;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Mesh.Tracking.Metrics;
using Mesh.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>Reads the rows of an experiment's table that changed since a position. A page is of one moment: its position says exactly what is in it.</summary>
internal sealed class TableReader(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most rows of an event.</summary>
    public const int MostRows = 500;

    // An event ends early rather than hold more than this of params and tags.
    private const int MostText = 4 << 20;

    // What a run ran on may be larger than all the rest of the row, and never changes while a table is watched.
    private const string Row = "r.data - 'environment'";

    private const string Now =
        """
        select pg_current_snapshot()::text, e.name, e.deleted is null or (e.deleted and not exists (
            select from mt_doc_run r where r.tenant_id = $1 and r.experiment_id = $2 and not r.deleted))
        from (values (1)) as one left join mt_doc_experiment e on e.tenant_id = $1 and e.number = $2
        """;

    // Numbers of transactions to come are left by a database that was copied from another: they count once their time has come.
    private const string Changes =
        $"""
        select c.run, r.purged_at is not null or r.id is null, case when not r.deleted then {Row} end, c.changed
        from run_change c left join mt_doc_run r on r.tenant_id = c.project and r.id = c.run::text
        where c.project = $1 and c.experiment = $2 and c.changed >= $3 and c.changed < $4
            and not pg_visible_in_snapshot(c.changed, $5::text::pg_snapshot) and not (c.changed = $6 and c.run <= $7)
        order by c.changed, c.run
        limit $8
        """;

    private const string Newest =
        $"""
        select r.id::uuid, false, {Row} from mt_doc_run r
        where r.tenant_id = $1 and r.experiment_id = $2 and not r.deleted
        order by r.created_at desc, r.id desc limit $3
        """;

    /// <summary>The newest runs of the table, at most so many and fewer where they are large, and the position from which on changes follow.</summary>
    public async Task<TablePage> NewestAsync(string project, long experiment, int rows, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var (now, name, over) = await NowAsync(connection, project, experiment, ct);
        if (rows == 0) return TablePage.Of([], [], now, false, over);
        await using var command = new NpgsqlCommand(Newest, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = experiment }, new() { Value = rows } },
        };
        var (read, _) = await ReadAsync(command, rows, ct);
        var (infos, _) = await DescribeAsync(connection, project, name, read, ct);
        return TablePage.Of(infos, [], now, false, over);
    }

    /// <summary>The rows that changed behind a position, in the order of their last change.</summary>
    public async Task<TablePage> ChangedAsync(string project, long experiment, TablePosition since, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var (now, name, over) = await NowAsync(connection, project, experiment, ct);
        // A position that is ahead is of another database, or of this one before it was set back: anything may differ.
        if (since.Next > now.Next) since = TablePosition.Start;
        await using var command = new NpgsqlCommand(Changes, connection)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = experiment }, Id(since.First), Id(now.Next), new() { Value = since.Snapshot }, Id(since.Within), new() { Value = since.Run },
                new() { Value = MostRows + 1 },
            },
        };
        var (read, more) = await ReadAsync(command, MostRows, ct);
        if (read.Count == 0) return TablePage.Of([], [], now, false, over);
        var (changed, covered) = await DescribeAsync(connection, project, name, read, ct);
        var taken = read.Take(covered).ToList();
        more |= covered < read.Count;
        return TablePage.Of(
            changed, [.. taken.Where(row => row.Run is null).Select(row => new GoneRun(row.Id, row.Purged))],
            more ? since.UpTo(now, taken[^1].Changed, taken[^1].Id) : now, more, over);

        static NpgsqlParameter Id(ulong transaction) => new() { Value = transaction, NpgsqlDbType = NpgsqlDbType.Xid8 };
    }

    private static async Task<(TablePosition Now, string? Name, bool Over)> NowAsync(NpgsqlConnection connection, string project, long experiment, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Now, connection) { Parameters = { new() { Value = project }, new() { Value = experiment } } };
        await command.PrepareAsync(ct);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (TablePosition.Of(row.GetString(0)), await row.IsDBNullAsync(1, ct) ? null : row.GetString(1), row.GetBoolean(2));
    }

    private async Task<(List<ReadRow> Rows, bool More)> ReadAsync(NpgsqlCommand command, int most, CancellationToken ct)
    {
        await command.PrepareAsync(ct);
        var serializer = store.Options.Serializer();
        var read = new List<ReadRow>();
        var text = 0L;
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (read.Count == most || text > MostText) return (read, true);
            var run = await rows.IsDBNullAsync(2, ct) ? null : await serializer.FromJsonAsync<Run>(rows, 2, ct);
            text += run?.TextLength ?? 0;
            read.Add(new ReadRow(rows.GetGuid(0), run, rows.GetBoolean(1), rows.FieldCount > 3 ? await rows.GetFieldValueAsync<ulong>(3, ct) : 0));
        }

        return (read, false);
    }

    // With one query for the metrics of all. Says for how many of the rows, gone ones counted, they are complete.
    private static async Task<(IReadOnlyList<RunInfo> Infos, int Covered)> DescribeAsync(
        NpgsqlConnection connection, string project, string? experiment, List<ReadRow> rows, CancellationToken ct)
    {
        var shown = rows.Where(row => row.Run is not null).ToList();
        var (summaries, complete) = await MetricReader.SummariesAsync(connection, project, [.. shown.Select(row => row.Id)], ct);
        return (
            [.. shown.Take(complete).Select(row => row.Run!.ToInfo(summaries.GetValueOrDefault(row.Id), experiment))],
            complete < shown.Count ? rows.IndexOf(shown[complete]) : rows.Count);
    }

    private sealed record ReadRow(Guid Id, Run? Run, bool Purged, ulong Changed);
}
