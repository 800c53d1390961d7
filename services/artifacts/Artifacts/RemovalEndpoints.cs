using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Deletion and retention of artifacts over HTTP.</summary>
internal static class RemovalEndpoints
{
    public static void MapRemoval(this IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup("/api/v1/projects/{project}/artifacts").WithTags("Artifacts");
        artifacts.MapDelete("/{key}", Delete).WithName("DeleteArtifact").WithSummary("Deletes all versions of an artifact and its tags, unless a registered model was made from one.");
        artifacts.MapDelete("/{key}/versions/{version}", DeleteVersion).WithName("DeleteArtifactVersion").WithSummary("Deletes a version that no tag points to and no registered model was made from. Its number is not given again.");
        artifacts.MapPut("/{key}/versions/{version}/retention", Retain).WithName("SetArtifactRetention").WithSummary("Says how long a version is kept: always, or until a time.");
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string key, string? strategy, Caller caller, ArtifactRemoval removal, CancellationToken ct)
    {
        if (!TryParse(strategy, out var known)) return UnknownStrategy.ToProblem();
        return Answer(await removal.DeleteAsync(caller, project, ArtifactKey.Decode(key), known, ct));
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteVersion(
        string project, string key, string version, string? strategy, Caller caller, ArtifactLog log, ArtifactRemoval removal, CancellationToken ct)
    {
        if (!TryParse(strategy, out var known)) return UnknownStrategy.ToProblem();
        key = ArtifactKey.Decode(key);
        var (found, rejected) = await log.ResolveAsync(project, key, version, ct);
        return Answer(found is null ? rejected : await removal.DeleteVersionAsync(caller, project, key, found.Version, known, expired: false, ct));
    }

    internal static async Task<Results<Ok<ArtifactVersion>, ProblemHttpResult>> Retain(
        string project, string key, string version, VersionRetention body, EntityVersion match, Caller caller, ArtifactLog log, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        var (found, rejected) = await log.ResolveAsync(project, key, version, ct);
        if (found is null) return rejected!.ToProblem();
        var written = await log.ChangeAsync(caller, project, key, new ArtifactCommand.SetRetention(found.Version, body, caller.Name), match.Expected, ct);
        if (written.Rejected is { } refused) return refused.ToProblem();
        return TypedResults.Ok(await log.FindAsync(project, key, found.Version, ct) ?? throw new InvalidOperationException($"Version {found.Version} of '{key}' is gone."));
    }

    // Written with hyphens by most who call for deletion.
    private static bool TryParse(string? strategy, out DeletionStrategy known)
    {
        known = DeletionStrategy.WithData;
        return strategy is null || EnumNames.TryParse(strategy.Replace("-", "", StringComparison.Ordinal), out known);
    }

    private static Rejection UnknownStrategy { get; } = Rejection.Malformed("deletion.strategy-unknown", "The strategy must be with-data or metadata-only.", "strategy");

    private static Results<NoContent, ProblemHttpResult> Answer(Rejection? rejected) => rejected is null ? TypedResults.NoContent() : rejected.ToProblem();
}
