using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>The rebuild of the lineage over HTTP, for platform administrators: <c>/api/v1/lineage/rebuild</c>.</summary>
internal static class RebuildEndpoints
{
    private const string Path = "/api/v1/lineage/rebuild";

    public static void MapLineageRebuild(this IEndpointRouteBuilder app)
    {
        var rebuild = app.MapGroup(Path).WithTags("Lineage").RequirePlatformAdmin();
        rebuild.MapPost("", Start).WithName("RebuildLineage").WithSummary("Makes the lineage of all projects again from the journal of events; readers see the old one until the new one is whole. While one runs, answers that one.");
        rebuild.MapGet("", Get).WithName("GetLineageRebuild").WithSummary("How far the rebuild of the lineage is, or how the last one ended.");
        rebuild.MapDelete("", Cancel).WithName("CancelLineageRebuild").WithSummary("Gives the rebuild up that runs; the lineage stays what it is.");
    }

    internal static async Task<Results<Accepted<LineageRebuild>, ProblemHttpResult>> Start(Caller caller, RebuildStore store, Signal<RebuildLoop> signal, CancellationToken ct)
    {
        await store.StartAsync(caller.Name, onlyIfDue: false, ct);
        signal.Raise();
        return await store.FindAsync(ct) is { } rebuild ? TypedResults.Accepted(Path, rebuild) : Unknown.ToProblem();
    }

    internal static async Task<Results<Ok<LineageRebuild>, ProblemHttpResult>> Get(RebuildStore store, CancellationToken ct) =>
        await store.FindAsync(ct) is { } rebuild ? TypedResults.Ok(rebuild) : Unknown.ToProblem();

    internal static async Task<Results<NoContent, ProblemHttpResult>> Cancel(RebuildStore store, CancellationToken ct) =>
        await store.CancelAsync(ct) ? TypedResults.NoContent() : Rejection.Conflict("lineage.no-rebuild", "No rebuild of the lineage runs.").ToProblem();

    private static Rejection Unknown { get; } = Rejection.NotFound("lineage.no-rebuild", "The lineage was never rebuilt.");
}
