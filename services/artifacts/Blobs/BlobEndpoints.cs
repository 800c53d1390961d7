using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Blobs;

/// <summary>Blobs over HTTP: <c>PUT</c>, <c>GET</c> and <c>HEAD /api/v1/projects/{project}/blobs/{sha256}</c>.</summary>
internal static class BlobEndpoints
{
    public static void MapBlobs(this IEndpointRouteBuilder app)
    {
        var blobs = app.MapGroup("/api/v1/projects/{project}/blobs").WithTags("Blobs");
        blobs.MapPut("/{digest}", Put).StreamsBody().WithName("PutBlob").WithSummary("Uploads a blob: the raw bytes, checked against the digest in the path.")
            .Accepts<Stream>("application/octet-stream", "*/*");
        blobs.MapGet("/{digest}", Get).WithName("GetBlob").WithSummary("Downloads a blob that the project uploaded, whole or by Range.");
        blobs.MapMethods("/{digest}", ["HEAD"], Head).WithName("HeadBlob").WithSummary("Says whether the project has a blob, and its size. Asked by an editor, its grace begins anew.");
        blobs.MapGet("/{digest}/location", Locate).WithName("LocateBlob")
            .WithSummary("An address at the store itself, from which the blob can be downloaded without a token for 15 minutes; only where the store gives out such addresses.");
        blobs.MapPost("/collect", Collect).RequireRole(Role.Owner).WithName("CollectBlobs")
            .WithSummary("Takes away the blobs that nothing in the project refers to and whose grace is over; with dryRun, only says which.");
    }

    internal static async Task<Results<Created<BlobInfo>, Ok<BlobInfo>, ProblemHttpResult>> Put(
        string project, string digest, HttpRequest request, Caller caller, BlobIntake intake, CancellationToken ct)
    {
        if (!Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        var (blob, isNew, rejected) = await intake.ReceiveAsync(request, project, caller, digest, ct);
        if (rejected is not null) return rejected.ToProblem();
        return isNew ? TypedResults.Created($"/api/v1/projects/{project}/blobs/{digest}", blob) : TypedResults.Ok(blob);
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Get(
        string project, string digest, HttpResponse response, BlobLedger ledger, CancellationToken ct)
    {
        if (!Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        if (await ledger.OpenAsync(project, digest, ct) is not { } content)
            return Unknown.ToProblem();
        return response.Send(content, digest, "application/octet-stream", null);
    }

    // Who asks before sending means to refer to it; what is damaged is to be sent again.
    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Head(
        string project, string digest, HttpResponse response, Caller caller, BlobLedger ledger, CancellationToken ct)
    {
        if (Sha256Digest.IsValid(digest) && caller.Has(Role.Editor, project)) await ledger.FindAsync(project, digest, ct);
        if (Sha256Digest.IsValid(digest) && !await ledger.HasAsync(project, digest, ct)) return Unknown.ToProblem();
        return await Get(project, digest, response, ledger, ct);
    }

    internal static async Task<Results<Ok<BlobLocation>, ProblemHttpResult>> Locate(
        string project, string digest, BlobStores stores, BlobLedger ledger, TimeProvider clock, CancellationToken ct)
    {
        if (!Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        if (!await ledger.HasAsync(project, digest, ct)) return Unknown.ToProblem();
        // Whoever opens it in a browser saves it: the store's origin is not one to run somebody's HTML in.
        return await (await stores.OfBlobAsync(digest, ct)).LocateAsync(digest, DownloadName.Disposition("application/octet-stream", digest), Located, ct) is { } address
            ? TypedResults.Ok(new BlobLocation(address.AbsoluteUri, clock.GetUtcNow() + Located))
            : Rejection.Conflict("blob.no-location", "The store of this platform gives out no addresses. Download the blob here.").ToProblem();
    }

    private static TimeSpan Located { get; } = TimeSpan.FromMinutes(15);

    private static Rejection Unknown { get; } = Rejection.NotFound("blob.unknown", "This project has no such blob.");

    internal static async Task<Ok<BlobCollection>> Collect(string project, bool? dryRun, BlobCollector collector, CancellationToken ct) =>
        TypedResults.Ok(await collector.CollectAsync(project, dryRun ?? false, ct));

    /// <summary>Answers with a blob's content: ranges and conditions work, browsers run nothing of it.</summary>
    /// <param name="fileName">Name to save it under, if it has one.</param>
    internal static FileStreamHttpResult Send(this HttpResponse response, Stream content, string digest, string contentType, string? fileName)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.CacheControl = "private, no-cache";
        headers.ContentDisposition = DownloadName.Disposition(contentType, fileName);
        return TypedResults.Stream(content, contentType, entityTag: new EntityTagHeaderValue($"\"{digest}\""), enableRangeProcessing: true);
    }
}
