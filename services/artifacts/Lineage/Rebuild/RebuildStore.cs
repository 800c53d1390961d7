using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>What one event of the journal does to the graph: it adds facts, or ends a project.</summary>
internal sealed record RebuildStep(LineageFacts Facts, string? Deleted = null, DateTimeOffset DeletedAt = default);

/// <summary>
/// A rebuild in the database: the graph that is being made, beside the one that is read, and how far it is. What is written of a page and its position are one transaction.
/// </summary>
internal sealed class RebuildStore(ServiceDatabase<IArtifactsStore> database, TimeProvider clock)
{
    /// <summary>A new service is to look whether there is a journal from before it; one that has a graph has none to make up for.</summary>
    public const string Schema =
        """
        create table lineage_node_next (like lineage_node including all);
        create table lineage_edge_next (like lineage_edge including all);
        create table lineage_rebuild (
            only_row    boolean primary key default true check (only_row),
            id          uuid not null,
            state       text not null,
            started_by  text not null,
            started_at  timestamptz not null,
            position    bigint not null default 0,
            reached     timestamptz,
            events      bigint not null default 0,
            skipped     bigint not null default 0,
            whole       boolean not null default false,
            finished_at timestamptz,
            problem     text
        );
        insert into lineage_rebuild (id, state, started_by, started_at)
        select '00000000-0000-0000-0000-000000000000', 'Due', 'mesh', now() where not exists (select from lineage_node);
        """;

    // An event that was put into the graph may come into the journal later. What the graph learned last is therefore taken over as it stands.
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    // Runs of which other systems told are in no journal, and keep their neighbours.
    private const string Seed =
        """
        with told as (select project, id from lineage_node where attributes ? 'openlineage.producer'),
        edges as (
            insert into lineage_edge_next select e.* from lineage_edge e
            where e.last_seen >= $1 or (e.project, e.source) in (select project, id from told) or (e.project, e.target) in (select project, id from told)
            returning project, source, target)
        insert into lineage_node_next select n.* from lineage_node n
        where n.last_seen >= $1 or (n.project, n.id) in (select project, id from told union select project, source from edges union select project, target from edges)
        """;

    private const string Swap =
        """
        delete from lineage_edge known where not exists (
            select from lineage_edge_next next where next.project = known.project and next.source = known.source and next.target = known.target and next.type = known.type);
        delete from lineage_node known where not exists (select from lineage_node_next next where next.project = known.project and next.id = known.id);
        insert into lineage_node as known select * from lineage_node_next
        on conflict (project, id) do update set
          kind = excluded.kind, known = excluded.known, title = excluded.title, attributes = excluded.attributes, event = excluded.event,
          first_seen = excluded.first_seen, last_seen = excluded.last_seen, ended_at = excluded.ended_at
        where (known.kind, known.known, known.title, known.attributes, known.event, known.first_seen, known.last_seen, known.ended_at)
          is distinct from (excluded.kind, excluded.known, excluded.title, excluded.attributes, excluded.event, excluded.first_seen, excluded.last_seen, excluded.ended_at);
        insert into lineage_edge as known select * from lineage_edge_next
        on conflict (project, source, target, type) do update set first_seen = excluded.first_seen, last_seen = excluded.last_seen
        where (known.first_seen, known.last_seen) is distinct from (excluded.first_seen, excluded.last_seen);
        """;

    private const string Empty = "truncate lineage_node_next, lineage_edge_next";

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>The rebuild that runs, or ran last.</summary>
    public async Task<LineageRebuild?> FindAsync(CancellationToken ct)
    {
        await using var command = _data.CreateCommand("select id, state, started_by, started_at, position, reached, events, skipped, finished_at, problem from lineage_rebuild");
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        return new LineageRebuild(
            row.GetGuid(0), Enum.Parse<LineageRebuildState>(row.GetString(1)), row.GetString(2), await row.GetFieldValueAsync<DateTimeOffset>(3, ct), row.GetInt64(4), await TimeAsync(row, 5, ct),
            row.GetInt64(6), row.GetInt64(7), await TimeAsync(row, 8, ct), await row.IsDBNullAsync(9, ct) ? null : row.GetString(9));
    }

    /// <summary>Begins a rebuild, unless one runs.</summary>
    /// <param name="onlyIfDue">Only where nobody has begun one before.</param>
    public Task StartAsync(string by, bool onlyIfDue, CancellationToken ct) => InTurnAsync(
        async (connection, isRunning) =>
        {
            if (isRunning || (onlyIfDue && await ExecuteAsync(connection, "update lineage_rebuild set started_by = started_by where state = 'Due'", ct) == 0)) return false;
            await ExecuteAsync(connection, Empty, ct);
            await ExecuteAsync(connection, Seed, ct, clock.GetUtcNow() - Overlap);
            await ExecuteAsync(
                connection,
                """
                insert into lineage_rebuild (id, state, started_by, started_at) values ($1, 'Running', $2, $3)
                on conflict (only_row) do update set id = excluded.id, state = 'Running', started_by = excluded.started_by, started_at = excluded.started_at,
                  position = 0, reached = null, events = 0, skipped = 0, whole = false, finished_at = null, problem = null
                """, ct, Guid.CreateVersion7(), by, clock.GetUtcNow());
            return true;
        }, ct);

    /// <summary>Writes what a page of the journal says, and that it is read up to there.</summary>
    /// <returns>Whether the rebuild still runs, and was at the place before.</returns>
    /// <param name="from">Where it was.</param>
    /// <param name="isWhole">Whether everything that was told before the rebuild began has been read by then.</param>
    public Task<bool> AdvanceAsync(
        Guid id, long from, IReadOnlyList<RebuildStep> steps, long position, DateTimeOffset reached, int skipped, bool isWhole, CancellationToken ct) => InTurnAsync(
        async (connection, isRunning) =>
        {
            if (!isRunning) return false;
            var moved = await ExecuteAsync(
                connection,
                "update lineage_rebuild set position = $3, reached = $4, events = events + $5, skipped = skipped + $6, whole = whole or $7, problem = null where id = $1 and position = $2",
                ct, id, from, position, reached, (long)steps.Count, (long)skipped, isWhole);
            if (moved == 0) return false;
            foreach (var (facts, deleted) in Groups(steps))
            {
                await LineageStore.WriteAsync(connection, GraphTables.Next, facts, ct);
                // A project that was made again may have told of itself since: that is newer.
                if (deleted is { Deleted: { } project }) await LineageStore.ForgetAsync(connection, GraphTables.Next, project, deleted.DeletedAt, ct);
            }

            return true;
        }, ct);

    /// <summary>Whether a rebuild that runs has read everything that was told before it began; null when it does not run.</summary>
    public async Task<bool?> IsWholeAsync(Guid id, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("select whole from lineage_rebuild where id = $1 and state = 'Running'");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        return await command.ExecuteScalarAsync(ct) as bool?;
    }

    /// <summary>Makes what was built the graph, in one step.</summary>
    public Task<bool> FinishAsync(Guid id, CancellationToken ct) => InTurnAsync(
        async (connection, isRunning) =>
        {
            var ended = isRunning ? await ExecuteAsync(connection, "update lineage_rebuild set state = 'Finished', finished_at = $2, problem = null where id = $1", ct, id, clock.GetUtcNow()) : 0;
            if (ended == 0) return false;
            await ExecuteAsync(connection, Swap, ct);
            await ExecuteAsync(connection, Empty, ct);
            return true;
        }, ct);

    /// <summary>Gives a rebuild up; the graph stays what it is.</summary>
    public Task<bool> CancelAsync(CancellationToken ct) => InTurnAsync(
        async (connection, isRunning) =>
        {
            if (!isRunning) return false;
            await ExecuteAsync(connection, "update lineage_rebuild set state = 'Cancelled', finished_at = $1", ct, clock.GetUtcNow());
            await ExecuteAsync(connection, Empty, ct);
            return true;
        }, ct);

    /// <summary>Says what stands in the way.</summary>
    public async Task HinderedAsync(Guid id, string problem, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await ExecuteAsync(connection, "update lineage_rebuild set problem = $2 where id = $1", ct, id, problem);
    }

    /// <summary>There is nothing to make up for.</summary>
    public async Task NotDueAsync(CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await ExecuteAsync(connection, "delete from lineage_rebuild where state = 'Due'", ct);
    }

    /// <summary>Does work unless another replica does it: null then.</summary>
    public async Task<T?> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct) where T : struct
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using (var take = new NpgsqlCommand("select pg_try_advisory_lock(hashtext('lineage-rebuild'))", connection))
            if (await take.ExecuteScalarAsync(ct) is not true) return null;
        try
        {
            return await work();
        }
        finally
        {
            await using var free = new NpgsqlCommand("select pg_advisory_unlock(hashtext('lineage-rebuild'))", connection);
            await free.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    // Facts between two deletions go together.
    private static IEnumerable<(LineageFacts Facts, RebuildStep? Deleted)> Groups(IReadOnlyList<RebuildStep> steps)
    {
        var facts = new List<LineageFacts>();
        foreach (var step in steps)
        {
            facts.Add(step.Facts);
            if (step.Deleted is null) continue;
            yield return (LineageFacts.Of(facts), step);
            facts.Clear();
        }

        yield return (LineageFacts.Of(facts), null);
    }

    private async Task<bool> InTurnAsync(Func<NpgsqlConnection, bool, Task<bool>> work, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var done = await work(connection, await LineageStore.LockAsync(connection, ct));
        if (done) await transaction.CommitAsync(ct);
        return done;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params IReadOnlyList<object> values)
    {
        // A large graph takes its time.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value is DateTimeOffset time ? time.UtcDateTime : value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<DateTimeOffset?> TimeAsync(NpgsqlDataReader row, int column, CancellationToken ct) =>
        await row.IsDBNullAsync(column, ct) ? null : await row.GetFieldValueAsync<DateTimeOffset>(column, ct);
}
