using System.Text;
using Mesh.Contracts.Events;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Monitoring.Journal;

/// <summary>An event on its way into the journal.</summary>
/// <param name="Event">The event.</param>
/// <param name="Project">Whose readers see it.</param>
/// <param name="Json">The event as UTF-8 JSON.</param>
internal sealed record JournalDraft(MeshEvent Event, string Project, byte[] Json);

/// <summary>The journal in PostgreSQL.</summary>
internal sealed class JournalStore(ServiceDatabase<IMonitoringStore> database)
{
    /// <summary>Channel on which replicas tell each other how far the journal goes.</summary>
    public const string Channel = "mesh_journal";

    // The lock makes writers take turns: each sees all that was committed before, and gives the positions that follow.
    private const string LockSql = "select pg_advisory_xact_lock(hashtext('mesh.monitoring'), hashtext('journal'))";

    // An event that came before is left out. One that the bus brought out of order (older in version and in time than what its subject has already, as when
    // one replica hands over to another) is a fact all the same: it goes in, and is reported. In version alone would not do: a project that is made again
    // begins again at version 1.
    private const string InsertSql =
        """
        with incoming as (
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[]) with ordinality
                as i (event_id, project, type, subject, stream_version, occurred_at, event, n)),
        fresh as (
            select i.*, row_number() over (order by i.n) as k, exists (
                select 1 from (
                    select j.stream_version, j.occurred_at from journal j
                    where j.project = i.project and j.subject = i.subject and split_part(j.type, '.', 1) = split_part(i.type, '.', 1)
                    order by j.position desc limit 1) head
                where head.stream_version > i.stream_version and head.occurred_at >= i.occurred_at) as overtaken
            from incoming i
            where not exists (select 1 from journal j where j.event_id = i.event_id)),
        counter as (update journal_position set last = last + (select count(*) from fresh) returning last),
        written as (
            insert into journal (position, event_id, project, type, subject, stream_version, occurred_at, event)
            select c.last - (select count(*) from fresh) + f.k, f.event_id, f.project, f.type, f.subject, f.stream_version, f.occurred_at, f.event::json
            from fresh f cross join counter c
            returning position, event_id)
        select w.position, w.event_id, f.overtaken from written w join fresh f using (event_id)
        """;

    private const string NotifySql = $"select pg_notify('{Channel}', (select last from journal_position)::text)";

    /// <summary>Appends what is not there yet, in one transaction and one round trip.</summary>
    /// <returns>Positions of what was appended, by event id, and whether a newer event of its subject was there before it.</returns>
    public async Task<IReadOnlyDictionary<Guid, (long Position, bool Overtaken)>> AppendAsync(IReadOnlyList<JournalDraft> drafts, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var insert = new NpgsqlBatchCommand(InsertSql)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Uuid, drafts.Select(d => d.Event.Id).ToArray()),
                Array(NpgsqlDbType.Text, drafts.Select(d => d.Project).ToArray()),
                Array(NpgsqlDbType.Text, drafts.Select(d => d.Event.Type).ToArray()),
                Array(NpgsqlDbType.Text, drafts.Select(d => d.Event.Subject).ToArray()),
                Array(NpgsqlDbType.Bigint, drafts.Select(d => d.Event.StreamVersion).ToArray()),
                Array(NpgsqlDbType.TimestampTz, drafts.Select(d => d.Event.Time.UtcDateTime).ToArray()),
                Array(NpgsqlDbType.Text, drafts.Select(d => Encoding.UTF8.GetString(d.Json)).ToArray()),
            },
        };
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(LockSql), insert, new(NotifySql) } };
        await batch.PrepareAsync(ct);
        var positions = new Dictionary<Guid, (long, bool)>(drafts.Count);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) positions[reader.GetGuid(1)] = (reader.GetInt64(0), reader.GetBoolean(2));
        while (await reader.NextResultAsync(ct))
        {
            // The transaction is committed, and a fault of it known, only when all results are read.
        }

        return positions;
    }

    /// <summary>Position of the newest entry.</summary>
    public async Task<long> LastAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select last from journal_position");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Wanted entries with after &lt; position &lt;= upTo, in order.</summary>
    public async Task<IReadOnlyList<JournalLine>> ReadAsync(long after, long upTo, JournalFilter filter, int limit, CancellationToken ct)
    {
        const string Sql =
            """
            select position, project, type, subject, event::text from journal
            where position > $1 and position <= $2
              and ($3::text is null or project = $3) and ($4::text is null or subject = $4) and ($5::text is null or type ~ $5)
            order by position limit $6
            """;
        await using var command = database.DataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = upTo });
        command.Parameters.Add(Text(filter.Project));
        command.Parameters.Add(Text(filter.Subject));
        command.Parameters.Add(Text(filter.TypesExpression()));
        command.Parameters.Add(new() { Value = (long)limit });
        var lines = new List<JournalLine>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var json = await reader.GetFieldValueAsync<byte[]>(4, ct);
            lines.Add(new JournalLine(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), json));
        }
        return lines;
    }

    /// <summary>Deletes what was said in a project before a moment. Positions are not given again.</summary>
    public async Task PurgeAsync(string project, DateTimeOffset before, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("delete from journal where project = $1 and occurred_at < $2");
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = before.ToUniversalTime() });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlParameter Array<T>(NpgsqlDbType type, T[] values) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values };

    private static NpgsqlParameter Text(string? value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };
}
