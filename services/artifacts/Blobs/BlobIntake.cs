using Mesh.Artifacts.Storage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Blobs;

/// <summary>What became of an upload: the blob and whether it is new to the project, or a refusal that left nothing behind.</summary>
internal readonly record struct Intake(BlobInfo? Blob, bool IsNew, Rejection? Rejected);

/// <summary>Takes the body of a request in as a blob of a project, whatever route it came by.</summary>
internal sealed class BlobIntake(BlobStores stores, BlobLedger ledger, ProjectStorage storage, IOptions<ArtifactsOptions> options)
{
    /// <summary>Streams the body to the store, checks it and keeps it.</summary>
    /// <param name="expected">The SHA-256 that the caller says it has; null when it says nothing.</param>
    public async Task<Intake> ReceiveAsync(HttpRequest request, string project, Caller caller, string? expected, CancellationToken ct)
    {
        var limit = options.Value.MaxBlobBytes;
        if (request.ContentLength > limit) return Refuse(TooLarge(limit));
        // What does not fit is refused before it is sent, where it is known that the project does not have it already.
        if (expected is not null && request.ContentLength is { } length && await storage.CheckAsync(project, length, withUploads: false, ct) is { } full
            && !await ledger.HasAsync(project, expected, ct)) return Refuse(full);
        return await ReceiveAsync(request.Body, project, caller, expected, ct);
    }

    /// <inheritdoc cref="ReceiveAsync(HttpRequest, string, Caller, string?, CancellationToken)"/>
    public async Task<Intake> ReceiveAsync(Stream body, string project, Caller caller, string? expected, CancellationToken ct)
    {
        var limit = options.Value.MaxBlobBytes;
        await using var staged = await (await stores.OfAsync(project, ct)).StageAsync(body, limit, ct);
        if (staged is null) return Refuse(TooLarge(limit));
        if (expected is not null && expected != staged.Digest)
            return Refuse(Rejection.Unprocessable("blob.hash-mismatch", $"The body's SHA-256 is {staged.Digest}, not {expected}. It was damaged on the way, or is another file."));
        var (isNew, rejected) = await ledger.KeepAsync(project, staged, caller.Name, ct);
        return rejected is null ? new(new BlobInfo(staged.Digest, staged.Size), isNew, null) : Refuse(rejected);
    }

    private static Intake Refuse(Rejection rejection) => new(null, false, rejection);

    internal static Rejection TooLarge(long limit) => Rejection.TooLarge("blob.too-large", $"A blob has at most {limit} bytes here.");
}
