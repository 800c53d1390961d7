using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Lineage;

/// <summary>What is known of runs, as events of OpenLineage.</summary>
internal sealed class OpenLineageRuns(LineageReader reader)
{
    private const string Producer = "mesh://lineage";
    private const string SchemaUrl = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private const int MaxDatasets = 1000;

    /// <summary>A run as it stands; null when nothing is known of it.</summary>
    public async Task<OpenLineageRunEvent?> FindAsync(string project, Guid run, CancellationToken ct)
    {
        if (await reader.FindAsync(project, LineageId.Run(run), ct) is not { } root) return null;
        var reached = await WalkAsync(project, root, ct);
        var node = reached.Nodes[root];
        var type = node.Attributes.GetValueOrDefault("status") switch { "completed" => "COMPLETE", "failed" => "FAIL", "aborted" => "ABORT", _ => "RUNNING" };
        return Event(project, run, type, node.LastSeen, null, root, reached);
    }

    /// <summary>That something happened to a run, with what is known of it now, even if that is nothing.</summary>
    /// <param name="name">What the run is called, as far as the event says.</param>
    public async Task<OpenLineageRunEvent> DescribeAsync(string project, Guid run, string type, DateTimeOffset at, string? name, CancellationToken ct)
    {
        var root = LineageId.Run(run);
        if (await reader.FindAsync(project, root, ct) is { } known) return Event(project, run, type, at, name, known, await WalkAsync(project, known, ct));
        return new OpenLineageRunEvent(type, at, new OpenLineageRun(run), new OpenLineageJob($"mesh://{project}", name ?? root), [], [], Producer, SchemaUrl);
    }

    private Task<Reached> WalkAsync(string project, string root, CancellationToken ct) =>
        reader.WalkAsync(project, root, LineageDirection.Both, 1, MaxDatasets, [LineageRelation.Used, LineageRelation.Produced], ct);

    private static OpenLineageRunEvent Event(string project, Guid run, string type, DateTimeOffset at, string? name, string root, Reached reached)
    {
        var node = reached.Nodes[root];
        return new OpenLineageRunEvent(
            type, at, new OpenLineageRun(run),
            new OpenLineageJob(
                node.Attributes.GetValueOrDefault("openlineage.namespace") ?? $"mesh://{project}", node.Attributes.GetValueOrDefault("openlineage.job") ?? node.Title ?? name ?? root),
            [.. reached.Edges.Where(edge => edge.To == root).Select(edge => Dataset(project, reached.Nodes[edge.From]))],
            [.. reached.Edges.Where(edge => edge.From == root).Select(edge => Dataset(project, reached.Nodes[edge.To]))],
            Producer, SchemaUrl);
    }

    private static OpenLineageDataset Dataset(string project, StoredNode node)
    {
        if (node.Kind == LineageId.External && node.Attributes.TryGetValue("namespace", out var space) && node.Attributes.TryGetValue("name", out var name)) return new(space, name);
        var (prefix, address) = ($"mesh://{project}", LineageId.AddressOf(project, node.Kind, node.Id).ToString());
        return new OpenLineageDataset(prefix, address[(prefix.Length + 1)..]);
    }
}
