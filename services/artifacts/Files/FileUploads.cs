using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Storage;
using Mesh.Artifacts.Uploads;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Mlflow;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Files;

/// <summary>
/// Uploads of files in parts as the MLflow protocol has them: neither the digest nor the sizes are known before the end. The parts lie where those of other uploads
/// do; when all are there, their whole is kept and becomes the file.
/// </summary>
internal sealed class FileUploads(
    FileUploadTable table, UploadTable parts, FileTree files, BlobStores stores, BlobIntake intake, ProjectStorage storage, TimeProvider clock, IOptions<ArtifactsOptions> options)
{
    /// <summary>The most parts of an upload.</summary>
    public const int MostParts = 10_000;

    /// <summary>The most bytes of a part: what MLflow's clients may be told to send at once.</summary>
    public const long MostPartBytes = 5L << 30;

    private readonly ArtifactsOptions _options = options.Value;

    /// <summary>Begins an upload.</summary>
    public async Task<(FileUpload? Upload, Rejection? Rejected)> BeginAsync(string project, string path, int count, Caller caller, CancellationToken ct)
    {
        // First words only, so that a large file is not sent for nothing: what counts is what is there at the end.
        if (await files.CheckAsync(project, path, ct) is { } taken) return (null, taken);
        if (await storage.CheckAsync(project, 1, withUploads: true, ct) is { } full) return (null, full);
        var now = clock.GetUtcNow();
        var upload = new FileUpload(Guid.CreateVersion7(now), path, count, 0, null);
        return await table.AddAsync(project, upload, caller.Name, now, now + _options.UploadLifetime, _options.MaxOpenUploads, ct)
            ? (upload, null)
            : (null, Rejection.Conflict("upload.too-many", $"A project has at most {_options.MaxOpenUploads} open uploads. Complete some, or abort them."));
    }

    /// <summary>Takes a part in; it replaces one that was there.</summary>
    /// <returns>The digest of the part, by which it is named at the end.</returns>
    public async Task<(string? Digest, Rejection? Rejected)> PutPartAsync(string project, Guid id, int number, HttpRequest request, CancellationToken ct)
    {
        if (await table.FindAsync(project, id, clock.GetUtcNow(), ct) is not { } upload) return (null, Unknown);
        if (upload.CompletedAt is not null) return (null, Completed);
        if (number < 1 || number > upload.Parts) return (null, Invalid($"The parts of this upload are numbered 1 to {upload.Parts}."));
        var others = upload.Received - await table.SizeOfPartAsync(id, number, ct);
        var most = Math.Min(MostPartBytes, _options.MaxBlobBytes - others);
        if (request.ContentLength > most) return (null, TooLarge(number));
        if (request.ContentLength is { } length && await storage.CheckAsync(project, length - (upload.Received - others), withUploads: true, ct) is { } full) return (null, full);
        var store = await stores.OfAsync(project, ct);
        await using var staged = await store.StageAsync(request.Body, most, ct);
        if (staged is null) return (null, TooLarge(number));

        var (done, replaced) = await parts.PutPartAsync(new(number, staged.Digest, staged.Size), new PartPlace(id, Guid.CreateVersion7(), store.Place), staged, ct);
        if (!done) return (null, await table.FindAsync(project, id, clock.GetUtcNow(), ct) is { } now ? now.CompletedAt is null ? Busy : Completed : Unknown);
        if (replaced is { } place) await stores.At(place.Store).DeletePartAsync(place, ct);
        return (staged.Digest, null);
    }

    /// <summary>Puts the parts together, keeps the whole and puts it at its path. Once that is done, it answers the same again and does nothing.</summary>
    public async Task<Rejection?> CompleteAsync(string project, string path, Guid id, IReadOnlyList<SentPart> sent, Caller caller, CancellationToken ct)
    {
        await using var hold = await parts.HoldAsync(id, ct);
        if (await FindAsync(project, path, id, ct) is not { } upload) return Unknown;
        if (upload.CompletedAt is not null) return null;
        if (hold is null) return Busy;

        var there = await parts.PartsAsync(id, ct);
        if (Compare(upload, there, sent) is { } wrong) return wrong;
        await using var whole = new PartsStream(stores, [.. there.Select(placed => placed.Place)]);
        var (blob, _, rejected) = await intake.ReceiveAsync(whole, project, caller, null, ct);
        rejected ??= await files.PutAsync(project, upload.Path, blob!, caller.Name, ct);
        if (rejected is not null) return rejected;
        await parts.CompleteAsync(id, clock.GetUtcNow(), ct);
        await stores.DeletePartsAsync(id, ct);
        return null;
    }

    /// <summary>Removes an upload with its parts.</summary>
    public async Task<Rejection?> AbortAsync(string project, string path, Guid id, CancellationToken ct)
    {
        await using var hold = await parts.HoldAsync(id, ct);
        if (await FindAsync(project, path, id, ct) is not { } upload) return Unknown;
        if (upload.CompletedAt is not null) return Completed;
        if (hold is null) return Busy;
        await parts.RemoveAsync(id, ct);
        await stores.DeletePartsAsync(id, ct);
        return null;
    }

    private async Task<FileUpload?> FindAsync(string project, string path, Guid id, CancellationToken ct) =>
        await table.FindAsync(project, id, clock.GetUtcNow(), ct) is { } upload && upload.Path == path ? upload : null;

    // What the sender means to have sent must be what is here: all of it, and nothing else.
    internal static Rejection? Compare(FileUpload upload, IReadOnlyList<UploadTable.Placed> there, IReadOnlyList<SentPart> sent)
    {
        var digests = there.ToDictionary(placed => (long)placed.Part.Number, placed => placed.Part.Digest);
        var named = new HashSet<long>();
        foreach (var part in sent)
        {
            if (part.Number < 1 || part.Number > upload.Parts) return Invalid($"The upload has no part {part.Number}: its parts are numbered 1 to {upload.Parts}.");
            if (!named.Add(part.Number)) return Invalid($"Part {part.Number} is named twice.");
            if (!digests.TryGetValue(part.Number, out var digest)) return Invalid($"Part {part.Number} has not been received. Send it to its address first.");
            if (part.ETag.Trim('"') != digest) return Invalid($"Part {part.Number} has the etag \"{digest}\", not {Shown(part.ETag)}: it was sent again since then, or is another part.");
        }

        return named.Count == upload.Parts ? null : Invalid($"Part {Enumerable.Range(1, upload.Parts).First(number => !named.Contains(number))} of {upload.Parts} is not named: all parts make the file.");
    }

    private static string Shown(string etag) => etag.Length <= 100 ? etag : $"{etag[..100]}…";

    private Rejection TooLarge(int number) => Rejection.TooLarge(
        "blob.too-large", $"Part {number} is too large: a part has at most {Math.Min(MostPartBytes, _options.MaxBlobBytes)} bytes here, and all parts of a file together at most {_options.MaxBlobBytes}.");

    private static Rejection Invalid(string message) => MlflowError.Of(MlflowError.InvalidParameterValue, message);

    private static Rejection Unknown { get; } = MlflowError.Of(MlflowError.ResourceDoesNotExist, "There is no such upload to this path; it may have been aborted, or have expired.");

    private static Rejection Completed { get; } = MlflowError.Of(MlflowError.ResourceConflict, "The upload is complete.");

    // A client that waited too long for the end of a large upload asks again: it is told to come back until it is done.
    private static Rejection Busy { get; } = MlflowError.Of(MlflowError.TemporarilyUnavailable, "The upload is being put together, removed, or given a part at this moment. Try again.");
}
