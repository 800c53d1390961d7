using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Lineage;

/// <summary>OpenLineage in and out, below <c>/api/v1/projects/{project}/lineage/openlineage</c>.</summary>
internal static class OpenLineageEndpoints
{
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

    internal static async Task<Results<Ok<OpenLineageRunEvent>, ProblemHttpResult>> Give(string project, Guid run, OpenLineageRuns runs, CancellationToken ct) =>
        await runs.FindAsync(project, run, ct) is { } known
            ? TypedResults.Ok(known)
            : Rejection.NotFound("lineage.unknown", "Nothing is known of that run in this project.").ToProblem();
}
