using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Lineage;

/// <summary>OpenLineage in and out, below <c>/api/v1/projects/{project}/lineage/openlineage</c>.</summary>
internal static class OpenLineageEndpoints
{
    private const string Producer = "mesh://lineage";
    private const string SchemaUrl = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private const int MaxDatasets = 1000;

    public static void MapOpenLineage(this IEndpointRouteBuilder app)
    {
        var openLineage = app.MapGroup("/api/v1/projects/{project}/lineage/openlineage").WithTags("Lineage");
        openLineage.MapPost("", Take).WithName("TakeOpenLineageEvent").WithSummary("Takes a run event of OpenLineage into the graph; the same event again changes nothing.");
        openLineage.MapGet("/runs/{run}", Give).WithName("GetOpenLineageRun").WithSummary("What is known of a run as a run event of OpenLineage, with all its inputs and outputs.");
    }

    internal static async Task<Results<Ok, ProblemHttpResult>> Take(string project, JsonElement body, LineageWriter writer, CancellationToken ct)
    {
        var (facts, rejected) = OpenLineageIntake.Read(project, body);
        if (rejected is not null) return rejected.ToProblem();
        await writer.AddAsync(facts!, ct);
        return TypedResults.Ok();
    }

    internal static async Task<Results<Ok<OpenLineageRunEvent>, ProblemHttpResult>> Give(string project, Guid run, LineageReader reader, CancellationToken ct)
    {
        if (await reader.FindAsync(project, LineageId.Run(run), ct) is not { } root)
            return Rejection.NotFound("lineage.unknown", "Nothing is known of that run in this project.").ToProblem();
        var reached = await reader.WalkAsync(project, root, LineageDirection.Both, 1, MaxDatasets, [LineageRelation.Used, LineageRelation.Produced], ct);
        var node = reached.Nodes[root];
        var type = node.Attributes.GetValueOrDefault("status") switch { "completed" => "COMPLETE", "failed" => "FAIL", "aborted" => "ABORT", _ => "RUNNING" };
        return TypedResults.Ok(new OpenLineageRunEvent(
            type, node.LastSeen, new OpenLineageRun(run),
            new OpenLineageJob(
                node.Attributes.GetValueOrDefault("openlineage.namespace") ?? $"mesh://{project}", node.Attributes.GetValueOrDefault("openlineage.job") ?? node.Title ?? root),
            [.. reached.Edges.Where(edge => edge.To == root).Select(edge => Dataset(project, reached.Nodes[edge.From]))],
            [.. reached.Edges.Where(edge => edge.From == root).Select(edge => Dataset(project, reached.Nodes[edge.To]))],
            Producer, SchemaUrl));
    }

    private static OpenLineageDataset Dataset(string project, StoredNode node)
    {
        if (node.Kind == LineageId.External && node.Attributes.TryGetValue("namespace", out var space) && node.Attributes.TryGetValue("name", out var name)) return new(space, name);
        var (prefix, address) = ($"mesh://{project}", LineageId.AddressOf(project, node.Kind, node.Id).ToString());
        return new OpenLineageDataset(prefix, address[(prefix.Length + 1)..]);
    }
}
