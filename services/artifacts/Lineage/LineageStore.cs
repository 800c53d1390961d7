using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Artifacts.Lineage;

/// <summary>Writes the graph of each project: things, and how one led to another. Writing the same facts again changes nothing.</summary>
internal sealed class LineageStore(ServiceDatabase<IArtifactsStore> database)
{
    public const string Schema =
        """
        create table lineage_node (
            project    text collate "C" not null,
            id         text collate "C" not null,
            kind       text collate "C" not null,
            known      boolean not null,
            title      text,
            attributes jsonb not null,
            event      uuid,
            first_seen timestamptz not null,
            last_seen  timestamptz not null,
            ended_at   timestamptz,
            primary key (project, id)
        );
        create index lineage_node_by_event on lineage_node (project, event) where event is not null;
        create table lineage_edge (
            project    text collate "C" not null,
            source     text collate "C" not null,
            target     text collate "C" not null,
            type       smallint not null,
            first_seen timestamptz not null,
            last_seen  timestamptz not null,
            primary key (project, source, target, type)
        );
        create index lineage_edge_by_target on lineage_edge (project, target, source, type);
        """;

    /// <summary>The functions of runs that were known before functions were things of the graph.</summary>
    public static string Functions { get; } = FunctionsOf("") + FunctionsOf("_next");

    /// <summary>Adds facts in one transaction: to the graph, and to the one that is being built.</summary>
    public async Task AddAsync(LineageFacts facts, CancellationToken ct)
    {
        if (facts.Nodes.Count == 0) return;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        Lock(batch);
        Write(batch, GraphTables.Live, facts);
        if (await ExecuteAsync(batch, ct)) await WriteAsync(connection, GraphTables.Next, facts, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Deletes the graph of a project.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockAsync(connection, ct);
        foreach (var tables in (GraphTables[])[GraphTables.Live, GraphTables.Next]) await ForgetAsync(connection, tables, project, null, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>
    /// Makes this transaction the one writer: two that each wrote one half of a window and its alert would not see the other's, and a rebuild ends between two of them.
    /// </summary>
    /// <returns>Whether a graph is being built beside the one that is read.</returns>
    internal static async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        Lock(batch);
        return await ExecuteAsync(batch, ct);
    }

    /// <summary>Adds facts to tables, in the transaction of the connection.</summary>
    internal static async Task WriteAsync(NpgsqlConnection connection, GraphTables tables, LineageFacts facts, CancellationToken ct)
    {
        if (facts.Nodes.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        Write(batch, tables, facts);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static void Lock(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtext('lineage'))"));
        batch.BatchCommands.Add(new("select exists (select from lineage_rebuild where state = 'Running')"));
    }

    // A batch that begins with the lock.
    private static async Task<bool> ExecuteAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var rebuilding = await reader.ReadAsync(ct) && reader.GetBoolean(0);
        while (await reader.NextResultAsync(ct))
        {
            // A fault of a statement is known only when all results are read.
        }

        return rebuilding;
    }

    private static void Write(NpgsqlBatch batch, GraphTables tables, LineageFacts facts)
    {
        batch.BatchCommands.Add(Nodes(tables, facts.Nodes));
        if (facts.Edges.Count > 0) batch.BatchCommands.Add(Edges(tables, facts.Edges));
        var events = facts.Nodes.Where(node => node.Event is not null).ToList();
        if (events.Count == 0) return;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(tables.JoinWindows)
        {
            Parameters =
            {
                new() { Value = events.Select(node => node.Project).ToArray() }, new() { Value = events.Select(node => node.Event!.Value).ToArray() },
                new() { Value = (short)LineageRelation.Raised },
            },
        });
    }

    /// <summary>Deletes what tables hold of a project, or only from before a moment, in the transaction of the connection.</summary>
    internal static async Task ForgetAsync(NpgsqlConnection connection, GraphTables tables, string project, DateTimeOffset? until, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(tables.Forget, connection);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = (object?)until?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string FunctionsOf(string suffix) =>
        $"""
        insert into lineage_node{suffix} (project, id, kind, known, title, attributes, first_seen, last_seen)
        select project, 'function/' || name, 'function', true, name, jsonb_strip_nulls(jsonb_build_object('hash', min(hash))), min(first_seen), max(first_seen)
        from (
            select project, first_seen, attributes ->> 'code.hash' as hash, (attributes ->> 'code.function') || '@' || (attributes ->> 'code.version') as name
            from lineage_node{suffix} where kind = 'run') run
        where name is not null group by project, name
        on conflict do nothing;
        insert into lineage_edge{suffix} (project, source, target, type, first_seen, last_seen)
        select project, 'function/' || (attributes ->> 'code.function') || '@' || (attributes ->> 'code.version'), id, {(short)LineageRelation.Ran}, first_seen, first_seen
        from lineage_node{suffix} where kind = 'run' and attributes ? 'code.function' and attributes ? 'code.version'
        on conflict do nothing;

        """;

    private static NpgsqlBatchCommand Nodes(GraphTables tables, IReadOnlyList<NodeFact> nodes) => new(tables.UpsertNodes)
    {
        Parameters =
        {
            new() { Value = nodes.Select(node => node.Project).ToArray() },
            new() { Value = nodes.Select(node => node.Id).ToArray() },
            new() { Value = nodes.Select(node => node.Kind).ToArray() },
            new() { Value = nodes.Select(node => node.Known).ToArray() },
            new() { Value = nodes.Select(node => node.Title).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            new() { Value = nodes.Select(node => node.Attributes is { } attributes ? JsonSerializer.Serialize(attributes) : "{}").ToArray() },
            new() { Value = nodes.Select(node => node.Event).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            Times(nodes.Select(node => (DateTimeOffset?)node.First)),
            Times(nodes.Select(node => (DateTimeOffset?)node.At)),
            Times(nodes.Select(node => node.Ended)),
        },
    };

    private static NpgsqlBatchCommand Edges(GraphTables tables, IReadOnlyList<EdgeFact> edges) => new(tables.UpsertEdges)
    {
        Parameters =
        {
            new() { Value = edges.Select(edge => edge.Project).ToArray() },
            new() { Value = edges.Select(edge => edge.From).ToArray() },
            new() { Value = edges.Select(edge => edge.To).ToArray() },
            new() { Value = edges.Select(edge => (short)edge.Type).ToArray() },
            Times(edges.Select(edge => (DateTimeOffset?)edge.First)),
            Times(edges.Select(edge => (DateTimeOffset?)edge.At)),
        },
    };

    private static NpgsqlParameter Times(IEnumerable<DateTimeOffset?> times) =>
        new() { Value = times.Select(time => time?.ToUniversalTime()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
