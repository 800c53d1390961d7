using System.Text.Json;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Directories;
using Mesh.Artifacts.History;
using Mesh.Artifacts.Receipts;
using Mesh.Artifacts.Sources;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Artifacts over HTTP, below <c>/api/v1/projects/{project}/artifacts</c>.</summary>
internal static class ArtifactEndpoints
{
    private const string Receipts = "artifacts";

    // Paths and digests of as many files as a directory may have.
    private const long MaxManifest = 16 << 20;

    public static void MapArtifacts(this IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup("/api/v1/projects/{project}/artifacts").WithTags("Artifacts");
        artifacts.MapPost("", Create).WithMaxBody(MaxManifest).WithName("CreateArtifactVersion").WithSummary("Makes the next version of an artifact from a blob of the project, of a directory from several, or of a source whose bytes stay where they are.");
        artifacts.MapGet("", ArtifactList.List).WithName("ListArtifacts").WithSummary("Lists artifacts by key, each with its newest version (or, with runId, the newest that the run made), without metadata.");
        artifacts.MapGet("/{key}", Get).WithName("GetArtifact").WithSummary("Reads an artifact with its newest version.");
        artifacts.MapGet("/{key}/versions", ArtifactList.Versions).WithName("ListArtifactVersions").WithSummary("Lists the versions of an artifact, newest first, without metadata.");
        artifacts.MapGet("/{key}/versions/{version}", GetVersion).WithName("GetArtifactVersion").WithSummary("Reads one version of an artifact: by its number, latest, or @tag.");
        artifacts.MapGet("/{key}/history", History).WithName("GetArtifactHistory").WithSummary("What happened to an artifact, oldest first.");
        artifacts.MapPut("/{key}/content", Upload).StreamsBody().WithName("UploadArtifact").WithSummary("Uploads a file and makes the next version of an artifact from it, in one request; with kind=directory, from the files of an archive.")
            .Accepts<Stream>("application/octet-stream", "*/*");
        artifacts.MapGet("/{key}/content", Download).WithName("DownloadArtifact").WithSummary("Downloads a version of an artifact, the newest unless one is named, whole or by Range; a directory as an archive.");
        artifacts.MapMethods("/{key}/content", ["HEAD"], Download).WithName("HeadArtifactContent").WithSummary("Says what a download would answer.");
    }

    internal static async Task<Results<Created<ArtifactVersion>, ProblemHttpResult>> Create(
        string project, CreateArtifactVersion body, IdempotencyKey key, Caller caller, BlobLedger ledger, NewKey newKey, DirectoryFiles files, SourceReader sources, ArtifactLog log,
        CancellationToken ct)
    {
        if (DownloadName.Check(body.ContentType, body.FileName) is { } refusal) return refusal.ToProblem();
        if (await newKey.CheckAsync(body.Key, ct) is { } unfit) return unfit.ToProblem();
        var metadata = body.Metadata is { ValueKind: not JsonValueKind.Null } json ? Annex.Of(json) : null;
        if (body.Files is not null)
        {
            var (manifest, rejected) = await files.GatherAsync(project, body.Files, ct);
            if (manifest is null) return rejected!.ToProblem();
            await files.KeepAsync(project, manifest, caller.Name, ct);
            var directory = new LogVersion(
                body.Key, ArtifactKind.Directory, manifest.Digest, manifest.Size, body.ContentType ?? DirectoryEndpoints.MediaType, body.FileName, body.RunId, body.Labels, metadata?.Id,
                caller.Name, body.Retention);
            return Answer(project, await log.AppendAsync(caller, project, directory, metadata, Receipt.For(key, caller, project, Receipts, body), ct, manifest));
        }

        if (body.Source is not null)
        {
            var (found, rejected) = await sources.LookAsync(body.Source, body.Digest, body.Size, ct);
            if (found is null) return rejected!.ToProblem();
            var type = body.ContentType ?? (DownloadName.Check(found.ContentType, null) is null ? found.ContentType : null);
            var elsewhere = new LogVersion(
                body.Key, body.Kind, found.Digest, found.Size, type, body.FileName, body.RunId, body.Labels, metadata?.Id, caller.Name, body.Retention, found.Source);
            return Answer(project, await log.AppendAsync(caller, project, elsewhere, metadata, Receipt.For(key, caller, project, Receipts, body), ct));
        }

        if (await ledger.FindAsync(project, body.Digest!, ct) is not { } blob)
            return Rejection.Unprocessable("blob.unknown", "This project has no such blob. Upload it first: PUT …/blobs/{digest}.", "digest").ToProblem();
        var command = new LogVersion(
            body.Key, body.Kind, blob.Digest, blob.Size, body.ContentType, body.FileName, body.RunId, body.Labels, metadata?.Id, caller.Name, body.Retention);
        return Answer(project, await log.AppendAsync(caller, project, command, metadata, Receipt.For(key, caller, project, Receipts, body), ct));
    }

    internal static async Task<Results<Created<ArtifactVersion>, ProblemHttpResult>> Upload(
        string project, string key, string? kind, Guid? runId, string? fileName, string? digest, [FromQuery] string[]? label, int? days,
        HttpRequest request, IdempotencyKey idempotency, Caller caller, NewKey newKey, BlobIntake intake, ArchiveIntake archives, DirectoryFiles files, ArtifactLog log, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        if (await newKey.CheckAsync(key, ct) is { } unfit) return unfit.ToProblem();
        if (digest is not null && !Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        if (DownloadName.Check(request.ContentType, fileName) is { } refusal) return refusal.ToProblem();
        var filter = ArtifactFilter.Read(kind, runId, label, null);
        if (filter.Rejected is { } unreadable) return unreadable.ToProblem();
        if (days is < 1 or > 3650) return Rejection.Malformed("retention.days-invalid", "'days' must be 1 to 3650.", "days").ToProblem();
        var retention = days is null ? null : new VersionRetention(RetentionClass.Temporary, Days: days);

        if (filter.Kind is ArtifactKind.Directory)
        {
            if (digest is not null) return Rejection.Malformed("blob.digest-malformed", "A directory's digest follows from its files; 'digest' says nothing here.", "digest").ToProblem();
            var (manifest, refused) = await archives.ReceiveAsync(request, project, caller, ct);
            if (manifest is null) return refused!.ToProblem();
            await files.KeepAsync(project, manifest, caller.Name, ct);
            var directory = new LogVersion(
                key, ArtifactKind.Directory, manifest.Digest, manifest.Size, DirectoryEndpoints.MediaType, fileName, runId, filter.Labels, null, caller.Name, retention);
            return Answer(project, await log.AppendAsync(caller, project, directory, null, Receipt.For(idempotency, caller, project, Receipts, directory), ct, manifest));
        }

        var (blob, _, rejected) = await intake.ReceiveAsync(request, project, caller, digest, ct);
        if (rejected is not null) return rejected.ToProblem();
        var command = new LogVersion(
            key, filter.Kind, blob!.Digest, blob.Size, request.ContentType, fileName, runId, filter.Labels, null, caller.Name, retention);
        return Answer(project, await log.AppendAsync(caller, project, command, null, Receipt.For(idempotency, caller, project, Receipts, command), ct));
    }

    internal static async Task<Results<Ok<ArtifactInfo>, ProblemHttpResult>> Get(
        string project, string key, HttpContext context, IArtifactsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Artifact>(Artifact.StreamOf(ArtifactKey.Decode(key)), ct) is not { Latest: { } latest } artifact) return ArtifactKey.Unknown.ToProblem();
        var metadata = latest.Metadata is { } id ? await session.LoadAsync<Annex>(id, ct) : null;
        EntityVersion.Write(context, artifact.Version);
        return TypedResults.Ok(artifact.ToInfo(metadata));
    }

    internal static async Task<Results<Ok<ArtifactVersion>, ProblemHttpResult>> GetVersion(
        string project, string key, string version, ArtifactLog log, CancellationToken ct)
    {
        var (found, rejected) = await log.ResolveAsync(project, ArtifactKey.Decode(key), version, ct);
        return found is null ? rejected!.ToProblem() : TypedResults.Ok(await log.ReadAsync(project, found, ct));
    }

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string key, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var entries = await StreamPage.ReadAsync(store, project, Artifact.StreamOf(ArtifactKey.Decode(key)), page, ct);
        return entries is null ? ArtifactKey.Unknown.ToProblem() : TypedResults.Ok(entries);
    }

    internal static async Task<Results<FileStreamHttpResult, PushStreamHttpResult, ProblemHttpResult>> Download(
        string project, string key, string? version, string? format, HttpContext context, ArtifactLog log, VersionContent contents, ArchiveSender archives, CancellationToken ct)
    {
        var (found, rejected) = await log.ResolveAsync(project, ArtifactKey.Decode(key), version, ct);
        if (found is null) return rejected!.ToProblem();
        if (found.Kind is ArtifactKind.Directory) return await DirectoryEndpoints.SendArchive(project, found, format, context, archives);
        if (format is not null) return Rejection.Malformed("archive.format-unknown", "Only a directory has a format.", "format").ToProblem();
        var content = await contents.OpenAsync(project, found, ct);
        return context.Response.Send(content, found.Digest, found.ContentType, found.FileName);
    }

    private static Results<Created<ArtifactVersion>, ProblemHttpResult> Answer(string project, Logged logged) => logged.Rejected is { } rejected
        ? rejected.ToProblem()
        : TypedResults.Created($"/api/v1/projects/{project}/artifacts/{ArtifactKey.Encode(logged.Version!.Key)}/versions/{logged.Version.Version}", logged.Version);
}
