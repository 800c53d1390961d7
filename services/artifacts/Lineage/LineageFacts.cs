using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Lineage;

/// <summary>What an event says of one thing.</summary>
/// <param name="Id">Its <see cref="LineageId"/>.</param>
/// <param name="Known">Whether the event is about it, rather than naming it: then its kind counts.</param>
/// <param name="Event">The event that a window or an alert stands for.</param>
internal sealed record NodeFact(
    string Project, string Id, string Kind, DateTimeOffset At, bool Known = false, string? Title = null, IReadOnlyDictionary<string, string>? Attributes = null,
    Guid? Event = null, DateTimeOffset? Ended = null)
{
    public DateTimeOffset First { get; init; } = At;

    /// <summary>What both say, this one first.</summary>
    public NodeFact And(NodeFact other)
    {
        var (older, newer) = other.At >= At ? (this, other) : (other, this);
        var attributes = new Dictionary<string, string>(older.Attributes ?? new Dictionary<string, string>());
        foreach (var (key, value) in newer.Attributes ?? new Dictionary<string, string>()) attributes[key] = value;
        return new NodeFact(
            Project, Id, other.Known ? other.Kind : Kind, newer.At, Known || other.Known, other.Title ?? Title, attributes, other.Event ?? Event,
            other.Ended > Ended || Ended is null ? other.Ended ?? Ended : Ended)
        {
            First = other.First < First ? other.First : First,
        };
    }
}

/// <summary>That one thing led to another.</summary>
internal sealed record EdgeFact(string Project, string From, string To, LineageRelation Type, DateTimeOffset At)
{
    public DateTimeOffset First { get; init; } = At;

    public EdgeFact And(EdgeFact other) => (At >= other.At ? this : other) with { First = other.First < First ? other.First : First };
}

/// <summary>What one or many events add to the graph. Adding it again, or in another order, comes to the same graph.</summary>
internal sealed record LineageFacts(IReadOnlyList<NodeFact> Nodes, IReadOnlyList<EdgeFact> Edges)
{
    public static LineageFacts None { get; } = new([], []);

    /// <summary>All in one, each thing once.</summary>
    public static LineageFacts Of(IEnumerable<LineageFacts> many)
    {
        var nodes = new Dictionary<(string, string), NodeFact>();
        var edges = new Dictionary<(string, string, string, LineageRelation), EdgeFact>();
        foreach (var facts in many)
        {
            foreach (var node in facts.Nodes) nodes[(node.Project, node.Id)] = nodes.TryGetValue((node.Project, node.Id), out var known) ? known.And(node) : node;
            foreach (var edge in facts.Edges)
            {
                var key = (edge.Project, edge.From, edge.To, edge.Type);
                edges[key] = edges.TryGetValue(key, out var known) ? known.And(edge) : edge;
            }
        }

        return new LineageFacts([.. nodes.Values], [.. edges.Values]);
    }
}
