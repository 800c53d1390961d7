using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Artifacts;

/// <summary>Draws a graph of lineage as a tree. What is reached by several ways is spelt out once, and marked with … where it comes again.</summary>
internal static class LineageTree
{
    public static IEnumerable<string> Lines(LineageGraph graph, LineageDirection direction)
    {
        var nodes = graph.Nodes.ToDictionary(node => node.Uri);
        yield return Text(nodes[graph.Root]);
        if (direction is not LineageDirection.Down)
        {
            yield return "made from";
            foreach (var line in Below(graph.Root, nodes, graph.Edges.ToLookup(edge => edge.To, edge => (edge.From, edge)), [graph.Root], "")) yield return line;
        }

        if (direction is LineageDirection.Up) yield break;
        yield return "led to";
        foreach (var line in Below(graph.Root, nodes, graph.Edges.ToLookup(edge => edge.From, edge => (edge.To, edge)), [graph.Root], "")) yield return line;
    }

    private static IEnumerable<string> Below(
        string uri, Dictionary<string, LineageNode> nodes, ILookup<string, (string Next, LineageEdge Edge)> edges, HashSet<string> shown, string indent)
    {
        var next = edges[uri].ToList();
        for (var i = 0; i < next.Count; i++)
        {
            var (isLast, again) = (i == next.Count - 1, !shown.Add(next[i].Next));
            yield return $"{indent}{(isLast ? "└─ " : "├─ ")}{Relation(next[i].Edge)} {Text(nodes[next[i].Next])}{(again ? " …" : "")}";
            if (again) continue;
            foreach (var line in Below(next[i].Next, nodes, edges, shown, indent + (isLast ? "   " : "│  "))) yield return line;
        }
    }

    private static string Relation(LineageEdge edge)
    {
        var name = edge.Type == LineageRelation.RegisteredAs ? "registered-as" : edge.Type.ToString().ToLowerInvariant();
        return edge.Now ? name : $"{name} (once)";
    }

    private static string Text(LineageNode node) =>
        $"{node.Uri}{(node.Uri.EndsWith(node.Title, StringComparison.Ordinal) ? "" : $"  {node.Title}")}{(node.Ended is null ? "" : "  (gone)")}";
}
