using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Storage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Sources;

/// <summary>Copies the bytes of a version in from its source: <c>POST …/artifacts/{key}/versions/{version}/import</c>.</summary>
internal static class SourceImport
{
    public static void MapImport(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/projects/{project}/artifacts/{key}/versions/{version}/import", Import).WithTags("Artifacts")
        .WithName("ImportArtifactVersion").WithSummary("Copies the bytes of a version that names where they are into the store; from then on it is a blob like any other.");

    internal static async Task<Results<Ok<ArtifactVersion>, ProblemHttpResult>> Import(
        string project, string key, string version, Caller caller, ArtifactLog log, SourceReader sources, BlobIntake intake, ProjectStorage storage, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        var (found, rejected) = await log.ResolveAsync(project, key, version, ct);
        if (found is null) return rejected!.ToProblem();
        if (found.Source is not { } source) return Rejection.Unprocessable("source.none", "This version has no source: its bytes were uploaded.").ToProblem();
        if (source.ImportedAt is not null) return TypedResults.Ok(await log.ReadAsync(project, found, ct));
        if (await storage.CheckAsync(project, found.Size, withUploads: false, ct) is { } full) return full.ToProblem();

        BlobInfo blob;
        await using (var content = await sources.OpenAsync(source, found.Size, ct))
        {
            var taken = await intake.ReceiveAsync(content, project, caller, source.IsChecked ? found.Digest : null, ct);
            // Address, size and state are what they were, and the bytes are not.
            if (taken.Rejected is { Code: "blob.hash-mismatch" }) return SourceRefusals.Changed.ToProblem();
            if (taken.Rejected is { } refused) return refused.ToProblem();
            blob = taken.Blob!;
        }

        // The blob is young: no collection takes it before the version names it.
        var written = await log.ChangeAsync(caller, project, key, new ArtifactCommand.Import(found.Version, blob.Digest, caller.Name), null, ct);
        if (written.Rejected is { } gone) return gone.ToProblem();
        return await log.FindAsync(project, key, found.Version, ct) is { } imported ? TypedResults.Ok(imported) : ArtifactLog.UnknownVersion.ToProblem();
    }
}
