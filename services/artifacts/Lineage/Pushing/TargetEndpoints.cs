using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>Where run events of a project are sent: <c>…/lineage/openlineage/target</c>.</summary>
internal static class TargetEndpoints
{
    public static void MapOpenLineageTarget(this IEndpointRouteBuilder app)
    {
        // Who names a target has the value of a secret sent there: for those who may set secrets.
        var target = app.MapGroup("/api/v1/projects/{project}/lineage/openlineage/target").WithTags("Lineage").RequireRole(Role.Admin);
        target.MapPut("", Set).WithName("SetOpenLineageTarget").WithSummary("Names the address to which run events of the project are posted as OpenLineage from now on, and a secret that is sent as bearer token.");
        target.MapGet("", Get).WithName("GetOpenLineageTarget").WithSummary("Where run events are posted, how many wait, and what went wrong last.");
        target.MapDelete("", Remove).WithName("RemoveOpenLineageTarget").WithSummary("Posts run events nowhere any more; those that wait are forgotten.");
    }

    internal static async Task<Results<Ok<OpenLineageTarget>, ProblemHttpResult>> Set(
        string project, SetOpenLineageTarget body, Caller caller, PushStore store, OpenLineageHttp http, Signal<PushLoop> signal, CancellationToken ct)
    {
        if (http.Objection(new Uri(body.Url)) is { } objection) return Rejection.Unprocessable("openlineage.address-refused", objection, "url").ToProblem();
        await store.SetAsync(project, body, caller.Name, ct);
        signal.Raise();
        return await Get(project, store, ct);
    }

    internal static async Task<Results<Ok<OpenLineageTarget>, ProblemHttpResult>> Get(string project, PushStore store, CancellationToken ct) =>
        await store.FindAsync(project, ct) is { } target ? TypedResults.Ok(target) : Unknown.ToProblem();

    internal static async Task<Results<NoContent, ProblemHttpResult>> Remove(string project, PushStore store, CancellationToken ct) =>
        await store.RemoveAsync(project, ct) ? TypedResults.NoContent() : Unknown.ToProblem();

    private static Rejection Unknown { get; } = Rejection.NotFound("openlineage.no-target", "Run events of this project are sent nowhere.");
}
