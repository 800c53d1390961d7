using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Lineage;

/// <summary>What a walk reached, as the API answers it.</summary>
internal static class LineageView
{
    public static LineageGraph Graph(string project, string root, Reached reached)
    {
        var names = NamesOf(project, reached);
        return new LineageGraph(
            names[root],
            [.. reached.Nodes.Values.OrderBy(node => Math.Abs(reached.Distances[node.Id])).ThenBy(node => node.Id, StringComparer.Ordinal).Select(node => new LineageNode(
                names[node.Id], node.Kind, node.Title ?? TitleOf(node.Id), node.Attributes, node.FirstSeen, node.LastSeen, reached.Distances[node.Id],
                IsGone(node, reached) ? node.EndedAt : null))],
            [.. reached.Edges.Select(edge => new LineageEdge(names[edge.From], names[edge.To], edge.Type, edge.FirstSeen, edge.LastSeen, edge.Now))],
            reached.Truncated);
    }

    public static LineageAffected Affected(string project, string root, Reached reached)
    {
        var names = NamesOf(project, reached);
        var others = reached.Nodes.Values.Where(node => node.Id != root).OrderBy(node => node.Id, StringComparer.Ordinal).ToList();
        // Of each endpoint the affected version that it serves, or else the last that it served.
        var endpoints = reached.Edges.Where(edge => edge.Type == LineageRelation.Serves).GroupBy(edge => edge.To)
            .Select(edges => edges.OrderByDescending(edge => edge.Now).ThenByDescending(edge => edge.LastSeen).First())
            .Select(edge => new AffectedEndpoint(names[edge.To], TitleOf(edge.To), names[edge.From], edge.Now))
            .OrderByDescending(endpoint => endpoint.ServesNow).ThenBy(endpoint => endpoint.Endpoint, StringComparer.Ordinal);
        var aliases = reached.Edges.Where(edge => edge is { Type: LineageRelation.Aliased, Now: true })
            .Select(edge => (Edge: edge, Uri: LineageId.AddressOf(project, MeshUri.RegisteredModel, edge.To)))
            .Select(alias => new AffectedAlias(names[alias.Edge.To], alias.Uri.Key, alias.Uri.Tag ?? "", names[alias.Edge.From]));
        return new LineageAffected(
            names[root], [.. endpoints], [.. aliases],
            [.. others.Where(node => node.Id.StartsWith(MeshUri.RegisteredModel + '/', StringComparison.Ordinal) && !node.Id.Contains('#', StringComparison.Ordinal)).Select(node => names[node.Id])],
            [.. others.Where(node => node.Id.StartsWith(LineageId.Artifact + '/', StringComparison.Ordinal)).Select(node => names[node.Id])],
            [.. others.Where(node => node.Kind == MeshUri.Run).Select(node => names[node.Id])],
            reached.Truncated);
    }

    // An endpoint or alias that was made again after its end lives.
    private static bool IsGone(StoredNode node, Reached reached) =>
        node.EndedAt is { } end && (node.Kind == MeshUri.Run || end >= node.LastSeen) && !reached.Edges.Any(edge => edge.To == node.Id && edge is { Type: LineageRelation.Serves or LineageRelation.Aliased, Now: true });

    private static Dictionary<string, string> NamesOf(string project, Reached reached) =>
        reached.Nodes.Values.ToDictionary(node => node.Id, node => LineageId.AddressOf(project, node.Kind, node.Id).ToString(), StringComparer.Ordinal);

    private static string TitleOf(string id) => id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
