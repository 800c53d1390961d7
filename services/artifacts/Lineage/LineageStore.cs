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

    // Rows in the order of their keys: writers of several replicas lock them in the same order.
    private const string UpsertNodes =
        """
        insert into lineage_node as known (project, id, kind, known, title, attributes, event, first_seen, last_seen, ended_at)
        select project, id, kind, is_known, title, attributes::jsonb, event, first_seen, last_seen, ended_at
        from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
          as new (project, id, kind, is_known, title, attributes, event, first_seen, last_seen, ended_at)
        order by project collate "C", id collate "C"
        on conflict (project, id) do update set
          kind = case when excluded.known then excluded.kind else known.kind end,
          known = known.known or excluded.known,
          title = case when excluded.last_seen >= known.last_seen then coalesce(excluded.title, known.title) else coalesce(known.title, excluded.title) end,
          attributes = case when excluded.last_seen >= known.last_seen then known.attributes || excluded.attributes else excluded.attributes || known.attributes end,
          event = coalesce(excluded.event, known.event),
          first_seen = least(known.first_seen, excluded.first_seen),
          last_seen = greatest(known.last_seen, excluded.last_seen),
          ended_at = greatest(known.ended_at, excluded.ended_at)
        """;

    private const string UpsertEdges =
        """
        insert into lineage_edge as known (project, source, target, type, first_seen, last_seen)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[]) as new (project, source, target, type, first_seen, last_seen)
        order by project collate "C", source collate "C", target collate "C", type
        on conflict (project, source, target, type) do update set
          first_seen = least(known.first_seen, excluded.first_seen), last_seen = greatest(known.last_seen, excluded.last_seen)
        where known.first_seen > excluded.first_seen or known.last_seen < excluded.last_seen
        """;

    // A window and the alert that it raised know the same event; whichever is written last finds the other.
    private const string JoinWindows =
        """
        insert into lineage_edge (project, source, target, type, first_seen, last_seen)
        select w.project, w.id, a.id, $3, a.first_seen, a.first_seen
        from unnest($1::text[], $2::uuid[]) as new (project, event)
        join lineage_node w on w.project = new.project and w.event = new.event and w.kind = 'window'
        join lineage_node a on a.project = new.project and a.event = new.event and a.kind = 'alert'
        on conflict do nothing
        """;

    /// <summary>Adds facts in one transaction.</summary>
    public async Task AddAsync(LineageFacts facts, CancellationToken ct)
    {
        if (facts.Nodes.Count == 0) return;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);

        // One writer at a time: two that each wrote one half of a window and its alert would not see the other's.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_advisory_xact_lock(hashtext('lineage'))"));
        batch.BatchCommands.Add(Nodes(facts.Nodes));
        if (facts.Edges.Count > 0) batch.BatchCommands.Add(Edges(facts.Edges));
        var events = facts.Nodes.Where(node => node.Event is not null).ToList();
        if (events.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(JoinWindows)
            {
                Parameters =
                {
                    new() { Value = events.Select(node => node.Project).ToArray() }, new() { Value = events.Select(node => node.Event!.Value).ToArray() },
                    new() { Value = (short)LineageRelation.Raised },
                },
            });
        }

        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Deletes the graph of a project.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("with edges as (delete from lineage_edge where project = $1) delete from lineage_node where project = $1");
        command.Parameters.Add(new() { Value = project });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Nodes(IReadOnlyList<NodeFact> nodes) => new(UpsertNodes)
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

    private static NpgsqlBatchCommand Edges(IReadOnlyList<EdgeFact> edges) => new(UpsertEdges)
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
