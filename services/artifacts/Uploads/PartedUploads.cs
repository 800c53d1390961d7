using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Storage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Uploads;

/// <summary>
/// Uploads in parts: the parts lie beside the kept blobs until all are there, then their whole goes the way of any other upload. What is acknowledged
/// survives a restart.
/// </summary>
internal sealed class PartedUploads(
    UploadTable table, BlobStores stores, BlobIntake intake, BlobLedger ledger, ProjectStorage storage, TimeProvider clock, IOptions<ArtifactsOptions> options)
{
    /// <summary>The bytes of a part where the caller has no wish.</summary>
    public const long UsualPart = 32L << 20;

    private readonly ArtifactsOptions _options = options.Value;

    /// <summary>Begins an upload.</summary>
    public async Task<(BlobUpload? Upload, Rejection? Rejected)> BeginAsync(string project, BeginUpload body, Caller caller, CancellationToken ct)
    {
        if (body.Size > _options.MaxBlobBytes) return (null, BlobIntake.TooLarge(_options.MaxBlobBytes));
        // A first word only: what counts is the room at the end.
        if (await storage.CheckAsync(project, body.Size, withUploads: true, ct) is { } full && !await ledger.HasAsync(project, body.Digest, ct)) return (null, full);
        var partSize = body.PartSize ?? Math.Max(UsualPart, (body.Size - 1) / BeginUpload.MostParts + 1);
        var now = clock.GetUtcNow();
        var upload = new BlobUpload(
            Guid.CreateVersion7(now), body.Digest, body.Size, partSize, (int)((body.Size - 1) / partSize + 1), caller.Name, now, now + _options.UploadLifetime, null, []);
        return await table.AddAsync(project, upload, _options.MaxOpenUploads, ct)
            ? (upload, null)
            : (null, Rejection.Conflict("upload.too-many", $"A project has at most {_options.MaxOpenUploads} open uploads. Complete some, or delete them."));
    }

    /// <summary>An upload with the parts that are there.</summary>
    public async Task<BlobUpload?> FindAsync(string project, Guid id, CancellationToken ct)
    {
        if (await table.FindAsync(project, id, clock.GetUtcNow(), ct) is not { } upload) return null;
        return upload.CompletedAt is null ? upload with { Received = [.. (await table.PartsAsync(id, ct)).Select(placed => placed.Part)] } : upload;
    }

    /// <summary>Open uploads, oldest first.</summary>
    public Task<IReadOnlyList<BlobUpload>> OpenAsync(string project, string? digest, Guid after, int limit, CancellationToken ct) =>
        table.OpenAsync(project, digest, after, limit, clock.GetUtcNow(), ct);

    /// <summary>Takes a part in; it replaces one that was there.</summary>
    public async Task<(UploadPart? Part, Rejection? Rejected)> PutPartAsync(string project, Guid id, int number, string digest, HttpRequest request, CancellationToken ct)
    {
        if (await table.FindAsync(project, id, clock.GetUtcNow(), ct) is not { } upload) return (null, Unknown);
        if (upload.CompletedAt is not null) return (null, Completed);
        if (number < 1 || number > upload.Parts) return (null, Rejection.Unprocessable("upload.part-unknown", $"The parts of this upload are numbered 1 to {upload.Parts}."));
        var size = number < upload.Parts ? upload.PartSize : upload.Size - (upload.Parts - 1) * upload.PartSize;
        if (request.ContentLength is { } length && length != size) return (null, WrongSize(number, size));
        var store = await stores.OfAsync(project, ct);
        await using var staged = await store.StageAsync(request.Body, size, ct);
        if (staged is null || staged.Size != size) return (null, WrongSize(number, size));
        if (staged.Digest != digest)
            return (null, Rejection.Unprocessable("upload.part-hash-mismatch", $"The SHA-256 of part {number} is {staged.Digest}, not {digest}. It was damaged on the way, or is another part."));

        var part = new UploadPart(number, digest, size);
        var (done, replaced) = await table.PutPartAsync(part, new PartPlace(id, Guid.CreateVersion7(), store.Place), staged, ct);
        if (!done) return (null, await table.FindAsync(project, id, clock.GetUtcNow(), ct) is { } now ? now.CompletedAt is null ? Busy : Completed : Unknown);
        if (replaced is { } place) await stores.At(place.Store).DeletePartAsync(place, ct);
        return (part, null);
    }

    /// <summary>Puts the parts together, checks the whole and keeps it. Once that is done, it answers the same again.</summary>
    public async Task<Intake> CompleteAsync(string project, Guid id, Caller caller, CancellationToken ct)
    {
        await using var hold = await table.HoldAsync(id, ct);
        if (await table.FindAsync(project, id, clock.GetUtcNow(), ct) is not { } upload) return new(null, false, Unknown);
        if (upload.CompletedAt is not null)
            return await ledger.FindAsync(project, upload.Digest, ct) is { } kept
                ? new(kept, false, null)
                : new(null, false, Rejection.Conflict("upload.blob-gone", "The upload was completed, but its blob was collected since then. Upload it anew."));
        if (hold is null) return new(null, false, Busy);

        var parts = await table.PartsAsync(id, ct);
        if (parts.Count < upload.Parts) return new(null, false, Incomplete(upload, parts));
        await using var whole = new PartsStream(stores, [.. parts.Select(placed => placed.Place)]);
        var taken = await intake.ReceiveAsync(whole, project, caller, upload.Digest, ct);
        if (taken.Rejected is not null) return taken;
        await table.CompleteAsync(id, clock.GetUtcNow(), ct);
        await stores.DeletePartsAsync(id, ct);
        return taken;
    }

    /// <summary>Removes an upload with its parts.</summary>
    public async Task<Rejection?> AbortAsync(string project, Guid id, CancellationToken ct) =>
        await table.FindAsync(project, id, clock.GetUtcNow(), ct) is null ? Unknown : await RemoveAsync(id, ct) ? null : Busy;

    /// <summary>Removes all uploads of a project.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        foreach (var id in await table.OfAsync(project, ct)) await RemoveAsync(id, ct);
    }

    /// <summary>Removes uploads whose time is over, and parts that no upload knows.</summary>
    /// <returns>How many uploads.</returns>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        var swept = 0;
        foreach (var id in await table.ExpiredAsync(clock.GetUtcNow(), ct))
            if (await RemoveAsync(id, ct)) swept++;
        // A row is there before its first part, so what has none was removed by somebody who died over it.
        foreach (var store in await stores.AllAsync(ct))
        {
            foreach (var ids in (await store.UploadsAsync(ct)).Chunk(1000))
            {
                foreach (var id in await table.UnknownAsync(ids, ct))
                {
                    await store.DeletePartsAsync(id, ct);
                    swept++;
                }
            }
        }

        return swept;
    }

    private async Task<bool> RemoveAsync(Guid id, CancellationToken ct)
    {
        await using var hold = await table.HoldAsync(id, ct);
        if (hold is null) return false;
        await table.RemoveAsync(id, ct);
        await stores.DeletePartsAsync(id, ct);
        return true;
    }

    internal static Rejection Unknown { get; } = Rejection.NotFound("upload.unknown", "This project has no such upload; it may have expired.");

    private static Rejection Completed { get; } = Rejection.Conflict("upload.completed", "The upload is complete: it takes no more parts.");

    private static Rejection Busy { get; } = Rejection.Conflict("upload.busy", "The upload is being put together, removed, or given a part at this moment. Try again.");

    private static Rejection WrongSize(int number, long size) => Rejection.Unprocessable("upload.part-size-mismatch", $"Part {number} has exactly {size} bytes.");

    private static Rejection Incomplete(BlobUpload upload, IReadOnlyList<UploadTable.Placed> parts)
    {
        var there = parts.Select(placed => placed.Part.Number).ToHashSet();
        var missing = Enumerable.Range(1, upload.Parts).Where(number => !there.Contains(number)).Take(10);
        return Rejection.Conflict("upload.incomplete", $"{upload.Parts - parts.Count} of {upload.Parts} parts are missing, first of all {string.Join(", ", missing)}.");
    }
}
