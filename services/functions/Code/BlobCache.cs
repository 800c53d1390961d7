using Mesh.Client.Artifacts;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Code;

/// <summary>
/// Blobs that jobs of this worker needed, by digest. Jobs get copies and never the files here, so that none can spoil what another one reads. Those
/// that were not used for the longest time go when there are too many.
/// </summary>
internal sealed class BlobCache(MeshOptions mesh, IOptions<FunctionsOptions> options, TimeProvider clock, ILogger<BlobCache> log) : IDisposable
{
    private readonly string _root = Path.Combine(mesh.DataPath, "cache", "blobs");
    private readonly SemaphoreSlim _cleaning = new(1, 1);
    private long _unseen;

    private long Most => options.Value.CacheMegabytes << 20;

    /// <summary>Writes a blob to a file that is not there yet.</summary>
    /// <exception cref="AttemptFailedException">There is no room for it.</exception>
    public async Task CopyAsync(ArtifactsClient artifacts, string digest, long size, string target, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            if (size > Most / 2)
            {
                await FetchAsync(artifacts, digest, target, ct);
                return;
            }

            while (!TryCopy(await KeepAsync(artifacts, digest, size, ct), target))
            {
                // It was cleared away in between.
            }
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new AttemptFailedException($"'{Path.GetFileName(target)}' could not be written on the worker: {e.Message}");
        }
    }

    public void Dispose() => _cleaning.Dispose();

    /// <summary>Clears away what was not used for the longest time, as far as there is too much.</summary>
    public async Task CleanAsync(CancellationToken ct)
    {
        await _cleaning.WaitAsync(ct);
        try
        {
            _unseen = 0;
            if (!Directory.Exists(_root)) return;
            var files = new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories).OrderByDescending(f => f.LastWriteTimeUtc).ToList();
            var (kept, gone) = (0L, 0);
            foreach (var file in files)
            {
                kept += file.Length;
                if (kept <= Most) continue;
                file.Delete();
                gone++;
            }

            if (gone > 0) log.Cleared(gone);
        }
        finally
        {
            _cleaning.Release();
        }
    }

    private async Task<string> KeepAsync(ArtifactsClient artifacts, string digest, long size, CancellationToken ct)
    {
        var place = Path.Combine(_root, digest[..2], digest);
        if (new FileInfo(place) is { Exists: true } file && file.Length == size)
        {
            file.LastWriteTimeUtc = clock.GetUtcNow().UtcDateTime;
            return place;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        var partial = $"{place}.{Guid.CreateVersion7():N}";
        try
        {
            await FetchAsync(artifacts, digest, partial, ct);
            File.Move(partial, place, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }

        // Looked at as a whole once in a while and not for every file.
        if (Interlocked.Add(ref _unseen, size) > Most / 10) await CleanAsync(ct);
        return place;
    }

    private static bool TryCopy(string kept, string target)
    {
        try
        {
            File.Copy(kept, target);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private static async Task FetchAsync(ArtifactsClient artifacts, string digest, string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous });
        await artifacts.DownloadBlobAsync(digest, file, ct);
    }
}

internal static partial class BlobCacheLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} blobs that were not used for the longest time were cleared from the worker's cache")]
    public static partial void Cleared(this ILogger logger, int count);
}
