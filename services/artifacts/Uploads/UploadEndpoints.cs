using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Uploads;

/// <summary>Uploads in parts over HTTP, below <c>/api/v1/projects/{project}/blobs/uploads</c>.</summary>
internal static class UploadEndpoints
{
    private const string Header = "Mesh-Sha256";

    public static void MapUploads(this IEndpointRouteBuilder app)
    {
        var uploads = app.MapGroup("/api/v1/projects/{project}/blobs/uploads").WithTags("Blobs");
        uploads.MapPost("", Begin).WithName("BeginUpload").WithSummary("Begins an upload of a blob in parts, which may come in any order and at once.");
        uploads.MapGet("", List).WithName("ListUploads").WithSummary("Lists open uploads, oldest first; with digest, those of that blob.");
        uploads.MapGet("/{upload:guid}", Get).WithName("GetUpload").WithSummary("Reads an upload and which parts are there.");
        uploads.MapPut("/{upload:guid}/parts/{number}", PutPart).StreamsBody().WithName("PutUploadPart")
            .WithSummary("Uploads a part: the raw bytes, checked against the SHA-256 in the header Mesh-Sha256 or in digest. A part that is there is replaced.")
            .Accepts<Stream>("application/octet-stream", "*/*");
        uploads.MapPost("/{upload:guid}/complete", Complete).WithName("CompleteUpload").WithSummary("Puts the parts together, checks the whole and keeps it as a blob.");
        uploads.MapDelete("/{upload:guid}", Abort).WithName("AbortUpload").WithSummary("Removes an upload with its parts.");
    }

    private sealed record AfterUpload(Guid Id);

    internal static async Task<Results<Created<BlobUpload>, ProblemHttpResult>> Begin(string project, BeginUpload body, Caller caller, PartedUploads uploads, CancellationToken ct)
    {
        var (upload, rejected) = await uploads.BeginAsync(project, body, caller, ct);
        return rejected is null ? TypedResults.Created($"/api/v1/projects/{project}/blobs/uploads/{upload!.Id}", upload) : rejected.ToProblem();
    }

    internal static async Task<Results<Ok<Page<BlobUpload>>, ProblemHttpResult>> List(string project, string? digest, PageRequest page, PartedUploads uploads, CancellationToken ct)
    {
        if (digest is not null && !Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        var rows = await uploads.OpenAsync(project, digest, page.After<AfterUpload>()?.Id ?? Guid.Empty, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(rows, upload => new AfterUpload(upload.Id)));
    }

    internal static async Task<Results<Ok<BlobUpload>, ProblemHttpResult>> Get(string project, Guid upload, PartedUploads uploads, CancellationToken ct) =>
        await uploads.FindAsync(project, upload, ct) is { } found ? TypedResults.Ok(found) : PartedUploads.Unknown.ToProblem();

    internal static async Task<Results<Ok<UploadPart>, ProblemHttpResult>> PutPart(
        string project, Guid upload, int number, string? digest, HttpRequest request, PartedUploads uploads, CancellationToken ct)
    {
        digest ??= request.Headers[Header] is [{ } sent] ? sent : null;
        if (digest is null) return Rejection.Malformed("upload.part-digest-missing", $"Say the SHA-256 of the part, in the header {Header} or in digest.", "digest").ToProblem();
        if (!Sha256Digest.IsValid(digest)) return Sha256Digest.Malformed.ToProblem();
        var (part, rejected) = await uploads.PutPartAsync(project, upload, number, digest, request, ct);
        return rejected is null ? TypedResults.Ok(part) : rejected.ToProblem();
    }

    internal static async Task<Results<Created<BlobInfo>, Ok<BlobInfo>, ProblemHttpResult>> Complete(
        string project, Guid upload, Caller caller, PartedUploads uploads, CancellationToken ct)
    {
        var (blob, isNew, rejected) = await uploads.CompleteAsync(project, upload, caller, ct);
        if (rejected is not null) return rejected.ToProblem();
        return isNew ? TypedResults.Created($"/api/v1/projects/{project}/blobs/{blob!.Digest}", blob) : TypedResults.Ok(blob);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Abort(string project, Guid upload, PartedUploads uploads, CancellationToken ct) =>
        await uploads.AbortAsync(project, upload, ct) is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
}
