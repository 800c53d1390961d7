using System.Text.Json;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.History;
using Mesh.Artifacts.Receipts;
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

    public static void MapArtifacts(this IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup("/api/v1/projects/{project}/artifacts").WithTags("Artifacts");
        artifacts.MapPost("", Create).WithName("CreateArtifactVersion").WithSummary("Makes the next version of an artifact from a blob of the project.");
        artifacts.MapGet("", ArtifactList.List).WithName("ListArtifacts").WithSummary("Lists artifacts by key, each with its newest version (or, with runId, the newest that the run made), without metadata.");
        artifacts.MapGet("/{key}", Get).WithName("GetArtifact").WithSummary("Reads an artifact with its newest version.");
        artifacts.MapGet("/{key}/versions", ArtifactList.Versions).WithName("ListArtifactVersions").WithSummary("Lists the versions of an artifact, newest first, without metadata.");
        artifacts.MapGet("/{key}/versions/{version}", GetVersion).WithName("GetArtifactVersion").WithSummary("Reads one version of an artifact.");
        artifacts.MapGet("/{key}/history", History).WithName("GetArtifactHistory").WithSummary("What happened to an artifact, oldest first.");
        artifacts.MapPut("/{key}/content", Upload).StreamsBody().WithName("UploadArtifact").WithSummary("Uploads a file and makes the next version of an artifact from it, in one request.")
            .Accepts<Stream>("application/octet-stream", "*/*");
        artifacts.MapGet("/{key}/content", Download).WithName("DownloadArtifact").WithSummary("Downloads a version of an artifact, the newest unless one is named, whole or by Range.");
        artifacts.MapMethods("/{key}/content", ["HEAD"], Download).WithName("HeadArtifactContent").WithSummary("Says what a download would answer.");
    }

    internal static async Task<Results<Created<ArtifactVersion>, ProblemHttpResult>> Create(
        string project, CreateArtifactVersion body, IdempotencyKey key, Caller caller, BlobLedger ledger, ArtifactLog log, CancellationToken ct)
    {
        if (DownloadName.Check(body.ContentType, body.FileName) is { } refusal) return refusal.ToProblem();
        if (await ledger.FindAsync(project, body.Digest, ct) is not { } blob)
            return Rejection.Unprocessable("blob.unknown", "This project has no such blob. Upload it first: PUT …/blobs/{digest}.", "digest").ToProblem();
        var metadata = body.Metadata is { ValueKind: not JsonValueKind.Null } json ? Annex.Of(json) : null;
        var command = new LogVersion(
            body.Key, body.Kind, blob.Digest, blob.Size, body.ContentType, body.FileName, body.RunId, body.Labels, metadata?.Id, caller.Name);
        return Answer(project, await log.AppendAsync(caller, project, command, metadata, Receipt.For(key, caller, project, Receipts, body), ct));
    }

    internal static async Task<Results<Created<ArtifactVersion>, ProblemHttpResult>> Upload(
        string project, string key, string? kind, Guid? runId, string? fileName, string? digest, [FromQuery] string[]? label, HttpRequest request,
        IdempotencyKey idempotency, Caller caller, BlobIntake intake, ArtifactLog log, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        if (!ArtifactKey.IsValid(key)) return ArtifactKey.Malformed.ToProblem();
        if (digest is not null && !Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        if (DownloadName.Check(request.ContentType, fileName) is { } refusal) return refusal.ToProblem();
        var filter = ArtifactFilter.Read(kind, runId, label, null);
        if (filter.Rejected is { } unreadable) return unreadable.ToProblem();

        var (blob, _, rejected) = await intake.ReceiveAsync(request, project, caller, digest, ct);
        if (rejected is not null) return rejected.ToProblem();
        var command = new LogVersion(
            key, filter.Kind, blob!.Digest, blob.Size, request.ContentType, fileName, runId, filter.Labels, null, caller.Name);
        return Answer(project, await log.AppendAsync(caller, project, command, null, Receipt.For(idempotency, caller, project, Receipts, command), ct));
    }

    internal static async Task<Results<Ok<ArtifactInfo>, ProblemHttpResult>> Get(
        string project, string key, IArtifactsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Artifact>(Artifact.StreamOf(ArtifactKey.Decode(key)), ct) is not { } artifact) return ArtifactKey.Unknown.ToProblem();
        var metadata = artifact.Latest.Metadata is { } id ? await session.LoadAsync<Annex>(id, ct) : null;
        return TypedResults.Ok(new ArtifactInfo(artifact.Key, artifact.Latest.Kind, artifact.Versions, LoggedVersion.Of(artifact.Latest).ToVersion(metadata)));
    }

    internal static async Task<Results<Ok<ArtifactVersion>, ProblemHttpResult>> GetVersion(
        string project, string key, int version, ArtifactLog log, CancellationToken ct) =>
        await log.FindAsync(project, ArtifactKey.Decode(key), version, ct) is { } found ? TypedResults.Ok(found) : UnknownVersion.ToProblem();

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string key, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var entries = await StreamPage.ReadAsync(store, project, Artifact.StreamOf(ArtifactKey.Decode(key)), page, ct);
        return entries is null ? ArtifactKey.Unknown.ToProblem() : TypedResults.Ok(entries);
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string project, string key, int? version, HttpResponse response, ArtifactLog log, BlobLedger ledger, CancellationToken ct)
    {
        if (await log.FindAsync(project, ArtifactKey.Decode(key), version, ct) is not { } found)
            return (version is null ? ArtifactKey.Unknown : UnknownVersion).ToProblem();
        var content = await ledger.OpenAsync(project, found.Digest, ct) ?? throw new InvalidOperationException($"Version {found.Version} of '{found.Key}' has no blob.");
        return response.Send(content, found.Digest, found.ContentType, found.FileName);
    }

    private static Rejection UnknownVersion { get; } = Rejection.NotFound("artifact.version-unknown", "There is no such version of the artifact in this project.");

    private static Results<Created<ArtifactVersion>, ProblemHttpResult> Answer(string project, Logged logged) => logged.Rejected is { } rejected
        ? rejected.ToProblem()
        : TypedResults.Created($"/api/v1/projects/{project}/artifacts/{ArtifactKey.Encode(logged.Version!.Key)}/versions/{logged.Version.Version}", logged.Version);
}
