using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>Content as a file of this machine: the store's own file, which may be a packed one, or a copy that goes when this is disposed of.</summary>
internal sealed class LocalFile : IAsyncDisposable
{
    // Longer than any reading may take.
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(25);

    private readonly Stream? _held;
    private readonly string? _copy;

    private LocalFile(string path, Stream? held, string? copy) => (Path, _held, _copy) = (path, held, copy);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes open content a file, and has it from then on.</summary>
    /// <exception cref="DatasetFaultException">The copy would be larger than scratch files may be.</exception>
    public static async Task<LocalFile> OpenAsync(Stream stream, DatasetsOptions options, CancellationToken ct)
    {
        if (stream is FileStream file) return new LocalFile(file.Name, file, null);
        // CSV and JSON are read as they are packed.
        if (stream is PackedStream packed) return new LocalFile(packed.Name, packed, null);
        await using (stream)
        {
            var limit = (long)options.ScratchMegabytes << 20;
            if (stream.Length > limit) throw new DatasetFaultException(new DatasetFault(FaultOf.TooLarge, $"The file has {stream.Length:N0} bytes; at most {limit:N0} can be read here."));
            Directory.CreateDirectory(options.ScratchPath);
            var copy = System.IO.Path.Combine(options.ScratchPath, $"{Guid.CreateVersion7():N}.copy");
            try
            {
                await using var target = new FileStream(copy, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous });
                await stream.CopyToAsync(target, ct);
            }
            catch
            {
                File.Delete(copy);
                throw;
            }

            return new LocalFile(copy, null, copy);
        }
    }

    /// <summary>Removes what processes that died left in the scratch folder. Other replicas may work in it: nothing of theirs is as old.</summary>
    public static void Sweep(DatasetsOptions options, DateTimeOffset now)
    {
        var folder = new DirectoryInfo(options.ScratchPath);
        if (!folder.Exists) return;
        foreach (var left in folder.EnumerateFileSystemInfos().Where(left => left.LastWriteTimeUtc < (now - Oldest).UtcDateTime))
        {
            try
            {
                if (left is DirectoryInfo inner) inner.Delete(recursive: true);
                else left.Delete();
            }
            catch (IOException)
            {
                // Another process was faster.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_held is not null) await _held.DisposeAsync();
        if (_copy is not null) File.Delete(_copy);
    }
}
