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

    /// <summary>Adds facts in one transaction: to the graph, and to the one that is being built.</summary>
    public async Task AddAsync(LineageFacts facts, CancellationToken ct)
    {
        if (facts.Nodes.Count == 0) return;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rebuilding = await LockAsync(connection, ct);
        await WriteAsync(connection, rebuilding ? [GraphTables.Live, GraphTables.Next] : [GraphTables.Live], facts, ct);
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
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("select pg_advisory_xact_lock(hashtext('lineage'))"), new("select exists (select from lineage_rebuild where state = 'Running')") },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        return await reader.ReadAsync(ct) && reader.GetBoolean(0);
    }

    /// <summary>Adds facts to tables, in the transaction of the connection.</summary>
    internal static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<GraphTables> tables, LineageFacts facts, CancellationToken ct)
    {
        if (facts.Nodes.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        var events = facts.Nodes.Where(node => node.Event is not null).ToList();
        foreach (var graph in tables)
        {
            batch.BatchCommands.Add(Nodes(graph, facts.Nodes));
            if (facts.Edges.Count > 0) batch.BatchCommands.Add(Edges(graph, facts.Edges));
            if (events.Count == 0) continue;
            batch.BatchCommands.Add(new NpgsqlBatchCommand(graph.JoinWindows)
            {
                Parameters =
                {
                    new() { Value = events.Select(node => node.Project).ToArray() }, new() { Value = events.Select(node => node.Event!.Value).ToArray() },
                    new() { Value = (short)LineageRelation.Raised },
                },
            });
        }

        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Deletes what tables hold of a project, or only from before a moment, in the transaction of the connection.</summary>
    internal static async Task ForgetAsync(NpgsqlConnection connection, GraphTables tables, string project, DateTimeOffset? until, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(tables.Forget, connection);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = (object?)until?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(ct);
    }

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
