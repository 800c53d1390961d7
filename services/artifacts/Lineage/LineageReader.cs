using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Artifacts.Lineage;

/// <summary>A thing as it is stored.</summary>
internal sealed record StoredNode(
    string Id, string Kind, string? Title, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, DateTimeOffset? EndedAt);

/// <summary>How one thing led to another, as it is stored.</summary>
/// <param name="Now">For what serves and for aliases: whether nothing newer took its place.</param>
internal sealed record StoredEdge(string From, string To, LineageRelation Type, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, bool Now);

/// <summary>What a walk reached.</summary>
/// <param name="Distances">Steps to each thing; below zero upstream.</param>
internal sealed record Reached(IReadOnlyDictionary<string, int> Distances, IReadOnlyDictionary<string, StoredNode> Nodes, IReadOnlyList<StoredEdge> Edges, bool Truncated);

/// <summary>Walks the graph, breadth first: one query for each step, however many things it meets, then one for the things and one for what joins them.</summary>
internal sealed class LineageReader(ServiceDatabase<IArtifactsStore> database)
{
    /// <summary>The most edges per thing that an answer has.</summary>
    private const int EdgesPerNode = 10;

    private static readonly short[] Replaceable = [(short)LineageRelation.Serves, (short)LineageRelation.Aliased];

    /// <summary>The thing that an address without version means: the newest version that the graph knows, or the thing itself.</summary>
    public async Task<string?> FindAsync(string project, string id, CancellationToken ct)
    {
        await using var command = Command(
            """
            select id from lineage_node
            where project = $1 and (id = $2 or (id > $2 || '@' and id < $2 || 'A' and substr(id, length($2) + 2) ~ '^[0-9]{1,9}$'))
            order by id = $2 desc, case when id = $2 then 0 else substr(id, length($2) + 2)::int end desc limit 1
            """, project, id);
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>What is around a thing.</summary>
    /// <param name="types">The relations that are followed; all when empty.</param>
    public async Task<Reached> WalkAsync(string project, string root, LineageDirection direction, int depth, int limit, IReadOnlyList<LineageRelation> types, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var distances = new Dictionary<string, int>(StringComparer.Ordinal) { [root] = 0 };
        var truncated = false;
        var walks = (int[])(direction switch { LineageDirection.Up => [-1], LineageDirection.Down => [1], _ => [-1, 1] });
        var frontiers = walks.ToDictionary(way => way, _ => new[] { root });
        // What one way has seen the other may pass again: in a cycle, a thing is both above and below.
        var seen = walks.ToDictionary(way => way, _ => new HashSet<string>(StringComparer.Ordinal) { root });
        for (var step = 1; step <= depth && !truncated; step++)
        {
            foreach (var way in walks)
            {
                if (frontiers[way].Length == 0 || truncated) continue;
                var room = limit - distances.Count;
                var met = await StepAsync(connection, project, way, frontiers[way], seen[way], types, room + (walks.Length > 1 ? distances.Count : 0) + 1, ct);
                var next = new List<string>(met.Count);
                foreach (var id in met)
                {
                    if (!distances.ContainsKey(id) && distances.Count == limit)
                    {
                        truncated = true;
                        break;
                    }

                    distances.TryAdd(id, way * step);
                    seen[way].Add(id);
                    next.Add(id);
                }

                frontiers[way] = [.. next];
            }
        }

        var all = distances.Keys.ToArray();
        var nodes = await NodesAsync(connection, project, all, ct);
        var edges = await EdgesAsync(connection, project, all, types, (limit * EdgesPerNode) + 1, ct);
        if (edges.Count > limit * EdgesPerNode)
        {
            edges.RemoveAt(edges.Count - 1);
            truncated = true;
        }

        return new Reached(distances, nodes, edges, truncated);
    }

    private static async Task<List<string>> StepAsync(
        NpgsqlConnection connection, string project, int way, string[] frontier, HashSet<string> seen, IReadOnlyList<LineageRelation> types, int most, CancellationToken ct)
    {
        var (here, there) = way < 0 ? ("target", "source") : ("source", "target");
        await using var command = new NpgsqlCommand(
            $"""
            select distinct {there} from lineage_edge
            where project = $1 and {here} = any($2) and {there} <> all($3) and ($4::smallint[] is null or type = any($4))
            order by 1 limit $5
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = frontier }, new() { Value = seen.ToArray() }, Types(types), new() { Value = most } },
        };
        var met = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) met.Add(rows.GetString(0));
        return met;
    }

    private static async Task<Dictionary<string, StoredNode>> NodesAsync(NpgsqlConnection connection, string project, string[] ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select id, kind, title, attributes::text, first_seen, last_seen, ended_at from lineage_node where project = $1 and id = any($2)", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = ids } },
        };
        var nodes = new Dictionary<string, StoredNode>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var node = NodeOf(rows);
            nodes[node.Id] = node;
        }

        return nodes;
    }

    private static async Task<List<StoredEdge>> EdgesAsync(
        NpgsqlConnection connection, string project, string[] ids, IReadOnlyList<LineageRelation> types, int most, CancellationToken ct)
    {
        var replaceable = ids.Where(id => id.StartsWith(MeshUri.Endpoint + '/', StringComparison.Ordinal) || id.Contains('#', StringComparison.Ordinal)).ToArray();
        // An endpoint serves, and an alias points to, what it was seen with last, unless it was deleted after that.
        await using var command = new NpgsqlCommand(
            """
            with newest as materialized (
              select target, type, max(last_seen) as at from lineage_edge where project = $1 and target = any($6) and type = any($4) group by target, type)
            select e.source, e.target, e.type, e.first_seen, e.last_seen,
              e.type <> all($4) or (e.last_seen = o.at and e.last_seen > coalesce(n.ended_at, '-infinity'))
            from lineage_edge e
            left join newest o on o.target = e.target and o.type = e.type
            left join lineage_node n on n.project = $1 and n.id = o.target
            where e.project = $1 and e.source = any($2) and e.target = any($2) and ($3::smallint[] is null or e.type = any($3))
            order by e.source, e.target, e.type limit $5
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = ids }, Types(types), new() { Value = Replaceable }, new() { Value = most }, new() { Value = replaceable } },
        };
        var edges = new List<StoredEdge>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) edges.Add(EdgeOf(rows));
        return edges;
    }

    private static StoredNode NodeOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), JsonSerializer.Deserialize<SortedDictionary<string, string>>(row.GetString(3))!,
        row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6));

    private static StoredEdge EdgeOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), (LineageRelation)row.GetInt16(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4), row.GetBoolean(5));

    private static NpgsqlParameter Types(IReadOnlyList<LineageRelation> types) => new()
    {
        Value = types.Count == 0 ? DBNull.Value : types.Select(type => (short)type).ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint,
    };

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = database.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
