using Mesh.Contracts.Functions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Definitions;

/// <summary>Tags of versions of functions, and how two versions differ, over HTTP.</summary>
internal static class FunctionTagEndpoints
{
    public static void MapFunctionTags(this IEndpointRouteBuilder app)
    {
        var function = app.MapGroup("/api/v1/projects/{project}/functions/{function}").WithTags("Functions");
        function.MapPut("/tags/{tag}", Move).WithName("MoveFunctionTag").WithSummary("Points a tag to a version; with expected only if nobody moved it meanwhile").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        function.MapDelete("/tags/{tag}", Remove).WithName("RemoveFunctionTag").WithSummary("Removes a tag; with ?expected= only from that version").ProducesProblem(404).ProducesProblem(409);
        function.MapGet("/diff", Diff).WithName("DiffFunction").WithSummary("How two versions differ, each a number, a tag, or latest: files, params, command").ProducesProblem(404);
    }

    private static Task<Results<Ok<FunctionTags>, ProblemHttpResult>> Move(
        string project, string function, string tag, MoveFunctionTag body, EntityVersion expected, Caller caller, IFunctionsStore store, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        WriteAsync(project, function, expected, caller, store, http, state => FunctionTagDecider.Move(state, function, tag, body, caller.Name, clock.GetUtcNow()), ct);

    private static Task<Results<Ok<FunctionTags>, ProblemHttpResult>> Remove(
        string project, string function, string tag, int? expected, EntityVersion version, Caller caller, IFunctionsStore store, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        WriteAsync(project, function, version, caller, store, http, state => FunctionTagDecider.Remove(state, function, tag, expected, caller.Name, clock.GetUtcNow()), ct);

    private static async Task<Results<Ok<FunctionDiff>, ProblemHttpResult>> Diff(
        string project, string function, string? from, string? to, FunctionReader reader, FunctionComparison comparison, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(from)) return Hosting.Decisions.Rejection.Malformed("diff.from-missing", "'from' must name a version: its number, a tag, or latest.", "from").ToProblem();
        var (found, left) = await reader.FindReferenceAsync(project, function, from, ct);
        if (found is null) return FunctionEndpoints.Unknown(function).ToProblem();
        if (left is null) return FunctionEndpoints.UnknownReference(found, from).ToProblem();
        var (_, right) = await reader.FindReferenceAsync(project, function, to ?? FunctionReader.Latest, ct);
        if (right is null) return FunctionEndpoints.UnknownReference(found, to!).ToProblem();
        var contents = await reader.ContentsAsync(project, [left.Hash, right.Hash], ct);
        return TypedResults.Ok(await comparison.CompareAsync(project, function, (left, contents[left.Hash]), (right, contents[right.Hash]), ct));
    }

    private static async Task<Results<Ok<FunctionTags>, ProblemHttpResult>> WriteAsync(
        string project, string function, EntityVersion expected, Caller caller, IFunctionsStore store, HttpContext http,
        Func<Function?, Hosting.Decisions.Decision<FunctionEvent>> decide, CancellationToken ct)
    {
        var written = await store.WriteAsync(caller, project, Function.KeyOf(function), decide, ct, expected.Expected);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        EntityVersion.Write(http, written.Version);
        return TypedResults.Ok(new FunctionTags(function, written.State!.Tags));
    }
}
