namespace Mesh.Artifacts.Lineage;

/// <summary>How a graph is written: the one that is read, or the one that a rebuild makes beside it. Both have tables of the same form.</summary>
internal sealed class GraphTables(string suffix)
{
    /// <summary>What readers see.</summary>
    public static GraphTables Live { get; } = new("");

    /// <summary>What a rebuild makes.</summary>
    public static GraphTables Next { get; } = new("_next");

    // Rows in the order of their keys: writers of several replicas lock them in the same order.
    public string UpsertNodes { get; } =
        $"""
        insert into lineage_node{suffix} as known (project, id, kind, known, title, attributes, event, first_seen, last_seen, ended_at)
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

    public string UpsertEdges { get; } =
        $"""
        insert into lineage_edge{suffix} as known (project, source, target, type, first_seen, last_seen)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[]) as new (project, source, target, type, first_seen, last_seen)
        order by project collate "C", source collate "C", target collate "C", type
        on conflict (project, source, target, type) do update set
          first_seen = least(known.first_seen, excluded.first_seen), last_seen = greatest(known.last_seen, excluded.last_seen)
        where known.first_seen > excluded.first_seen or known.last_seen < excluded.last_seen
        """;

    // A window and the alert that it raised know the same event; whichever is written last finds the other.
    public string JoinWindows { get; } =
        $"""
        insert into lineage_edge{suffix} (project, source, target, type, first_seen, last_seen)
        select w.project, w.id, a.id, $3, a.first_seen, a.first_seen
        from unnest($1::text[], $2::uuid[]) as new (project, event)
        join lineage_node{suffix} w on w.project = new.project and w.event = new.event and w.kind = 'window'
        join lineage_node{suffix} a on a.project = new.project and a.event = new.event and a.kind = 'alert'
        on conflict do nothing
        """;

    public string Forget { get; } =
        $"""
        with edges as (delete from lineage_edge{suffix} where project = $1 and ($2::timestamptz is null or last_seen <= $2))
        delete from lineage_node{suffix} where project = $1 and ($2::timestamptz is null or last_seen <= $2)
        """;
}
