using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Blobs as files of a local (or mounted) folder: <c>ab/abcd…</c> for kept ones, <c>staging/</c> for those still being received,
/// <c>parts/</c> for uploads in parts.
/// Text is packed (<see cref="PackedFile"/>), and its file is named <c>ab/abcd….gz</c>.
/// A kept file is complete and on disk: it gets there by a rename after its data were flushed, and the folder entries are flushed too.
/// </summary>
internal sealed class LocalBlobStore : IBlobStore
{
    private readonly string _root;
    private readonly string _staging;
    private readonly string _parts;

    public LocalBlobStore(string root, string place = "")
    {
        Place = place;
        _root = Path.GetFullPath(root);
        _staging = Path.Combine(_root, "staging");
        _parts = Path.Combine(_root, "parts");
        Directory.CreateDirectory(_staging);
        Directory.CreateDirectory(_parts);
        if (Directory.Exists(Path.Combine(_root, "ff"))) return;

        // All folders are made ahead, the last one last: whoever keeps a blob has only the entry in its own folder to make durable.
        for (var i = 0; i < 256; i++)
            Directory.CreateDirectory(Path.Combine(_root, i.ToString("x2", CultureInfo.InvariantCulture)));
        DurableFolder.Flush(_root);
    }

    public string Place { get; }

    public async Task<StagedBlob?> StageAsync(Stream body, long limit, CancellationToken ct)
    {
        var path = Path.Combine(_staging, Guid.CreateVersion7().ToString("N"));
        var file = CreateStaged(path);
        var done = false;
        try
        {
            if (await ReceiveAsync(body, file, limit, ct) is not { } received) return null;
            if (received.IsPacked) PackedFile.WriteLength(file, received.Size);
            file.Flush(flushToDisk: true);
            done = true;
            return new StagedFile(this, file, path, received);
        }
        finally
        {
            if (!done) Discard(file, path);
        }
    }

    public Task<Stream?> OpenAsync(string digest, CancellationToken ct) => Task.FromResult(Open(PathOf(digest)));

    public Task<Stream?> OpenPartAsync(PartPlace place, CancellationToken ct) => Task.FromResult(Open(PathOf(place)));

    public Task<Uri?> LocateAsync(string digest, string disposition, TimeSpan life, CancellationToken ct) => Task.FromResult<Uri?>(null);

    public Task DeletePartAsync(PartPlace place, CancellationToken ct)
    {
        Delete(PathOf(place));
        return Task.CompletedTask;
    }

    public Task DeletePartsAsync(Guid upload, CancellationToken ct)
    {
        try
        {
            Directory.Delete(FolderOf(upload), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It had no part yet, or somebody else removed them.
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Guid>> UploadsAsync(CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<Guid>>([.. Directory.EnumerateDirectories(_parts).Select(folder => Guid.TryParse(Path.GetFileName(folder), out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)]);

    private static Stream? Open(string path)
    {
        if (TryOpen(path) is { } file) return file;
        return TryOpen(path + PackedFile.Extension) is { } packed ? PackedStream.Open(packed) : null;
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task DeleteAsync(string digest, CancellationToken ct)
    {
        Delete(PathOf(digest));
        return Task.CompletedTask;
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
            File.Delete(path + PackedFile.Extension);
        }
        catch (DirectoryNotFoundException)
        {
            // Its folder was never made: there is nothing to delete.
        }
    }

    public Task<int> SweepAsync(CancellationToken ct)
    {
        var swept = 0;
        foreach (var path in Directory.EnumerateFiles(_staging))
        {
            ct.ThrowIfCancellationRequested();
            if (TryRemoveAbandoned(path)) swept++;
        }

        return Task.FromResult(swept);
    }

    // An upload holds a shared lock on its file until it is kept or discarded, and the operating system releases the lock of a process that
    // died. So who gets the exclusive lock has found a leftover, even while another process uploads into the same folder.
    private static bool TryRemoveAbandoned(string path)
    {
        try
        {
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) { }

            File.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static FileStream CreateStaged(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static async Task<Received?> ReceiveAsync(Stream body, FileStream file, long limit, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        MemoryStream? packed = null;
        var buffer = ArrayPool<byte>.Shared.Rent(PackedFile.ChunkBytes);
        try
        {
            var size = 0L;
            while (true)
            {
                var read = await body.ReadAtLeastAsync(buffer.AsMemory(0, PackedFile.ChunkBytes), PackedFile.ChunkBytes, throwOnEndOfStream: false, ct);
                if (read == 0) return new Received(Convert.ToHexStringLower(hash.GetHashAndReset()), size, packed is not null);
                if (size + read > limit) return null;
                var chunk = buffer.AsMemory(0, read);
                hash.AppendData(chunk.Span);
                if (size == 0) packed = PackedFile.TryPack(chunk);
                else if (packed is not null) PackedFile.Pack(chunk.Span, packed);
                await file.WriteAsync(packed is null ? chunk : packed.GetBuffer().AsMemory(0, (int)packed.Length), ct);
                size += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string PathOf(string digest) => Path.Combine(_root, digest[..2], digest);

    private string FolderOf(Guid upload) => Path.Combine(_parts, upload.ToString("N"));

    private string PathOf(PartPlace place) => Path.Combine(FolderOf(place.Upload), place.Part.ToString("N"));

    private static void Discard(FileStream file, string path)
    {
        File.Delete(path);
        file.Dispose();
    }

    private void Keep(string path, string digest, bool isPacked)
    {
        var target = PathOf(digest);
        if (File.Exists(target) || File.Exists(target + PackedFile.Extension)) return;

        File.Move(path, isPacked ? target + PackedFile.Extension : target, overwrite: true);
        DurableFolder.Flush(Path.GetDirectoryName(target)!);
    }

    private void KeepAsPart(string path, PartPlace place, bool isPacked)
    {
        var folder = FolderOf(place.Upload);
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            DurableFolder.Flush(_parts);
        }

        File.Move(path, isPacked ? PathOf(place) + PackedFile.Extension : PathOf(place));
        DurableFolder.Flush(folder);
    }

    private sealed record Received(string Digest, long Size, bool IsPacked);

    private sealed class StagedFile(LocalBlobStore store, FileStream file, string path, Received received) : StagedBlob(received.Digest, received.Size, store.Place)
    {
        public override Task KeepAsync(CancellationToken ct)
        {
            store.Keep(path, Digest, received.IsPacked);
            return Task.CompletedTask;
        }

        public override Task KeepAsPartAsync(PartPlace place, CancellationToken ct)
        {
            store.KeepAsPart(path, place, received.IsPacked);
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            Discard(file, path);
            return ValueTask.CompletedTask;
        }
    }
}
