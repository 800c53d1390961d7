using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Lineage;

/// <summary>Collects what one event says.</summary>
internal sealed class FactSheet(string project, DateTimeOffset at)
{
    /// <summary>The most params of a run that are kept as attributes.</summary>
    public const int MaxParams = 100;

    private const int MaxText = 500;

    private readonly List<NodeFact> _nodes = [];
    private readonly List<EdgeFact> _edges = [];

    public string Project => project;

    public LineageFacts Facts => LineageFacts.Of([new LineageFacts(_nodes, _edges)]);

    public void About(string id, string kind, string title, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        _nodes.Add(new NodeFact(project, id, kind, at, true, Cut(title), Kept(attributes)));

    public void About(string id, string kind, string title, Guid eventId, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        _nodes.Add(new NodeFact(project, id, kind, at, true, Cut(title), Kept(attributes), eventId));

    public void Run(Guid run, params ReadOnlySpan<(string Name, string? Value)> attributes) =>
        _nodes.Add(new NodeFact(project, LineageId.Run(run), MeshUri.Run, at, true, Attributes: Kept(attributes)));

    /// <summary>That something of that kind is named.</summary>
    public void Named(string id, string kind) => _nodes.Add(new NodeFact(project, id, kind, at));

    /// <param name="isKnown">Whether the kind is: the deletion of an artifact does not say which it was.</param>
    public void Ended(string id, string kind, bool isKnown = true) => _nodes.Add(new NodeFact(project, id, kind, at, isKnown, Ended: at));

    /// <summary>That a run read what an address names; something of another project stays outside.</summary>
    public void Input(Guid run, MeshUri uri)
    {
        var source = uri.Project == project ? LineageId.Of(uri) : LineageId.ExternalOf(uri.ToString());
        if (source is null || source == LineageId.Run(run)) return;
        if (uri.Project == project) _nodes.Add(new NodeFact(project, source, uri.Kind, at));
        else About(source, LineageId.External, uri.ToString());
        Edge(source, LineageId.Run(run), LineageRelation.Used);
    }

    public void Edge(string from, string to, LineageRelation type, string? fromKind = null)
    {
        _nodes.Add(new NodeFact(project, from, fromKind ?? KindOf(from), at));
        _nodes.Add(new NodeFact(project, to, KindOf(to), at));
        _edges.Add(new EdgeFact(project, from, to, type, at));
    }

    private static string KindOf(string id) => id[..id.IndexOf('/', StringComparison.Ordinal)];

    private static Dictionary<string, string> Kept(ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in attributes)
            if (!string.IsNullOrEmpty(value)) kept[name] = Cut(value);
        return kept;
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];
}
