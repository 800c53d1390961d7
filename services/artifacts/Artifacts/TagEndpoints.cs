using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Names for versions over HTTP: tags that move, and <c>mesh://</c> addresses.</summary>
internal static class TagEndpoints
{
    public static void MapTags(this IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup("/api/v1/projects/{project}/artifacts").WithTags("Artifacts");
        artifacts.MapGet("/resolve", Resolve).WithName("ResolveArtifact").WithSummary("Reads the version that a mesh:// address names.");
        artifacts.MapPut("/{key}/tags/{tag}", Move).WithName("MoveArtifactTag").WithSummary("Points a tag to a version in one step; with expected or If-Match only if nobody moved it meanwhile.");
        artifacts.MapDelete("/{key}/tags/{tag}", Delete).WithName("DeleteArtifactTag").WithSummary("Deletes a tag; with ?expected= or If-Match only if nobody moved it meanwhile.");
    }

    internal static async Task<Results<Ok<ArtifactInfo>, ProblemHttpResult>> Move(
        string project, string key, string tag, MoveTag body, EntityVersion match, Caller caller, ArtifactLog log, HttpContext context, CancellationToken ct)
    {
        var written = await log.ChangeAsync(
            caller, project, ArtifactKey.Decode(key), new ArtifactCommand.MoveTag(tag, body.Version, body.Expected, caller.Name), match.Expected, ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        EntityVersion.Write(context, written.Version);
        return TypedResults.Ok(written.State!.ToInfo() with { StreamVersion = written.Version });
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string key, string tag, int? expected, EntityVersion match, Caller caller, ArtifactLog log, CancellationToken ct)
    {
        var written = await log.ChangeAsync(caller, project, ArtifactKey.Decode(key), new ArtifactCommand.DeleteTag(tag, expected, caller.Name), match.Expected, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<ArtifactVersion>, ProblemHttpResult>> Resolve(string project, string uri, ArtifactLog log, CancellationToken ct)
    {
        if (!MeshUri.TryParse(uri, out var address, out var fault)) return Rejection.Malformed("uri.malformed", $"The address {fault}.", "uri").ToProblem();
        if (address.Project != project) return Rejection.Unprocessable("uri.other-project", $"The address is of the project '{address.Project}', not of '{project}'.", "uri").ToProblem();
        if (!EnumNames.TryParse<ArtifactKind>(address.Kind, out var kind))
            return Rejection.Unprocessable("uri.no-artifact", $"'{address.Kind}' is no kind of artifact. There are {EnumNames.List<ArtifactKind>()}.", "uri").ToProblem();
        var (found, rejected) = await log.ResolveAsync(project, address.Key, address.Tag is { } tag ? $"@{tag}" : address.Version, ct);
        if (found is null) return rejected!.ToProblem();
        return found.Kind == kind
            ? TypedResults.Ok(await log.ReadAsync(project, found, ct))
            : Rejection.NotFound("artifact.version-unknown", $"That version is of kind {EnumNames.Of(found.Kind)}, not {address.Kind}.").ToProblem();
    }
}
