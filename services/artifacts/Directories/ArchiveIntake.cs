using System.Buffers;
using System.Security.Cryptography;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Directories;

/// <summary>
/// Takes an archive in as the files of a directory. It is read twice: first to its end with every check, which gives the manifest; then the blobs that the project does
/// not have are kept. So an archive that is refused leaves nothing behind.
/// </summary>
internal sealed class ArchiveIntake(DirectoryFiles files, BlobStores stores, BlobLedger ledger, IOptions<ArtifactsOptions> options)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Receives the body of a request.</summary>
    public async Task<Gathered> ReceiveAsync(HttpRequest request, string project, Caller caller, CancellationToken ct)
    {
        if (ArchiveReader.FormatOf(request.ContentType) is not { } format) return new(null, UnknownFormat);
        var limit = options.Value.MaxBlobBytes;
        if (request.ContentLength > limit) return new(null, TooLarge(limit));
        await using var archive = new FileStream(Path.Combine(Path.GetTempPath(), $"mesh-archive-{Guid.CreateVersion7():N}"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        });
        if (!await CopyAsync(request.Body, archive, limit, ct)) return new(null, TooLarge(limit));
        try
        {
            var (manifest, rejected) = await ExamineAsync(archive, format, project, limit, ct);
            if (manifest is not null) await KeepAsync(archive, format, manifest, project, caller, limit, ct);
            return new(manifest, rejected);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            return new(null, Rejection.Unprocessable("archive.malformed", "The body is no archive of the type that its Content-Type says, is damaged, or is packed in a way that is not known here."));
        }
        catch (RejectedException e)
        {
            return new(null, e.Rejection);
        }
    }

    private async Task<Gathered> ExamineAsync(FileStream archive, ArchiveFormat format, string project, long limit, CancellationToken ct)
    {
        var found = new List<DirectoryFile>();
        await foreach (var (path, content) in ArchiveReader.ReadAsync(archive, format, limit, ct))
        {
            if (found.Count == DirectoryFile.Most) return new(null, DirectoryPath.TooMany);
            if (DirectoryPath.Check(path) is { } refusal) return new(null, refusal);
            var (digest, size) = await HashAsync(content, ct);
            found.Add(new DirectoryFile(path, digest, size));
        }

        if (found.Count == 0) return new(null, Rejection.Unprocessable("directory.empty", "There is no file in the archive: a directory has at least one."));
        var (paths, rejected) = await files.PathsAsync([.. found.Select(file => file.Path)], ct);
        return rejected is null ? new(new Manifest(found.Select((file, i) => file with { Path = paths[i] })), null) : new(null, rejected);
    }

    private async Task KeepAsync(FileStream archive, ArchiveFormat format, Manifest manifest, string project, Caller caller, long limit, CancellationToken ct)
    {
        var missing = manifest.Files.Select(file => file.Digest).ToHashSet(StringComparer.Ordinal);
        missing.ExceptWith(await files.KnownAsync(project, [.. missing], ct));
        // Which entry has which content is known by its place only: names were composed meanwhile.
        if (missing.Count == 0) return;
        var store = await stores.OfAsync(project, ct);
        await foreach (var (_, content) in ArchiveReader.ReadAsync(archive, format, limit, ct))
        {
            await using var staged = await store.StageAsync(content, limit, ct) ?? throw new RejectedException(TooLarge(limit));
            if (missing.Remove(staged.Digest) && (await ledger.KeepAsync(project, staged, caller.Name, ct)).Rejected is { } full) throw new RejectedException(full);
            if (missing.Count == 0) return;
        }
    }

    private static async Task<(string Digest, long Size)> HashAsync(Stream content, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var size = 0L;
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0; size += read) hash.AppendData(buffer, 0, read);
            return (Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> CopyAsync(Stream body, FileStream target, long limit, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, ct)) > 0;)
            {
                if (target.Position + read > limit) return false;
                await target.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Rejection TooLarge(long limit) => Rejection.TooLarge("blob.too-large", $"An archive has at most {limit} bytes here, packed and unpacked.");

    private static Rejection UnknownFormat { get; } = Rejection.Unprocessable(
        "archive.type-unknown", "A directory comes as an archive: Content-Type must be application/zip, application/x-tar or application/gzip (a packed tar).", "Content-Type");
}
