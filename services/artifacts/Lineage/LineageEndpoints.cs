using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Lineage;

/// <summary>Questions about lineage over HTTP, below <c>/api/v1/projects/{project}/lineage</c>.</summary>
internal static class LineageEndpoints
{
    private const int DefaultDepth = 5;
    private const int MaxDepth = 20;
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;

    // What a thing was made from and by; what it was asked later, and what people did about that, does not depend on it.
    private static readonly LineageRelation[] Dependence =
        [LineageRelation.Used, LineageRelation.Produced, LineageRelation.RegisteredAs, LineageRelation.Serves, LineageRelation.Aliased, LineageRelation.Parent, LineageRelation.Ran];

    public static void MapLineage(this IEndpointRouteBuilder app)
    {
        var lineage = app.MapGroup("/api/v1/projects/{project}/lineage").WithTags("Lineage");
        lineage.MapGet("", Get).WithName("GetLineage").WithSummary("What a thing, named by its mesh:// address, was made from (up), and what was made from it (down): things and how one led to another, breadth first.");
        lineage.MapGet("/affected", Affected).WithName("GetAffected").WithSummary("What would be affected if a thing were withdrawn: endpoints that serve from it, aliases, versions of models, artifacts and runs.");
        lineage.MapGet("/of/{kind}/{**key}", OfPath).WithName("GetLineageOf").WithSummary("The lineage of a thing that the path names: kind, key, and @version where it has one.");
    }

    internal static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> Get(
        string project, string? uri, string? direction, int? depth, int? limit, LineageReader reader, CancellationToken ct)
    {
        if (ReadDirection(direction) is not { } way) return Rejection.Malformed("lineage.direction", "'direction' must be up, down or both.", "direction").ToProblem();
        if (depth is < 1 or > MaxDepth) return Rejection.Malformed("lineage.depth", $"'depth' must be a whole number from 1 to {MaxDepth}.", "depth").ToProblem();
        if (limit is < 1 or > MaxLimit) return Rejection.Malformed("limit.invalid", $"'limit' must be a whole number from 1 to {MaxLimit}.", "limit").ToProblem();
        var (root, rejected) = await RootAsync(project, uri, reader, ct);
        return rejected is not null ? rejected.ToProblem()
            : TypedResults.Ok(LineageView.Graph(project, root!, await reader.WalkAsync(project, root!, way, depth ?? DefaultDepth, limit ?? DefaultLimit, [], ct)));
    }

    internal static Task<Results<Ok<LineageGraph>, ProblemHttpResult>> OfPath(
        string project, string kind, string key, string? direction, int? depth, int? limit, LineageReader reader, CancellationToken ct) =>
        Get(project, $"mesh://{project}/{kind}/{key}", direction, depth, limit, reader, ct);

    internal static async Task<Results<Ok<LineageAffected>, ProblemHttpResult>> Affected(string project, string? uri, LineageReader reader, CancellationToken ct)
    {
        var (root, rejected) = await RootAsync(project, uri, reader, ct);
        return rejected is not null ? rejected.ToProblem()
            : TypedResults.Ok(LineageView.Affected(project, root!, await reader.WalkAsync(project, root!, LineageDirection.Down, MaxDepth, MaxLimit, Dependence, ct)));
    }

    private static async Task<(string? Root, Rejection? Rejected)> RootAsync(string project, string? text, LineageReader reader, CancellationToken ct)
    {
        if (!MeshUri.TryParse(text, out var uri, out var fault)) return (null, Rejection.Malformed("lineage.uri", $"'uri' {fault}.", "uri"));
        if (uri.Project != project) return (null, Rejection.Unprocessable("lineage.other-project", $"The address is of project '{uri.Project}'; ask there.", "uri"));
        var root = LineageId.Of(uri) is { } id ? await reader.FindAsync(project, id, ct) : null;
        return root is null ? (null, Rejection.NotFound("lineage.unknown", $"Nothing is known of {uri} in this project.")) : (root, null);
    }

    private static LineageDirection? ReadDirection(string? text) => text?.ToLowerInvariant() switch
    {
        null or "both" => LineageDirection.Both,
        "up" => LineageDirection.Up,
        "down" => LineageDirection.Down,
        _ => null,
    };
}
