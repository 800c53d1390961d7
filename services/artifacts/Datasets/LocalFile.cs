using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>A blob as a file of this machine: the store's own file, or a copy that goes when this is disposed of.</summary>
internal sealed class LocalFile : IAsyncDisposable
{
    private readonly Stream? _held;
    private readonly string? _copy;

    private LocalFile(string path, Stream? held, string? copy) => (Path, _held, _copy) = (path, held, copy);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The folder for copies and for what DuckDB has no memory for.</summary>
    public static string Scratch { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "mesh-datasets");

    /// <summary>Makes a blob a file.</summary>
    /// <exception cref="DatasetFaultException">The copy would be larger than <paramref name="limit"/> bytes.</exception>
    public static async Task<LocalFile?> OpenAsync(IBlobStore store, string digest, long limit, CancellationToken ct)
    {
        var stream = await store.OpenAsync(digest, ct);
        if (stream is null) return null;
        if (stream is FileStream file) return new LocalFile(file.Name, file, null);
        await using (stream)
        {
            if (stream.Length > limit) throw new DatasetFaultException(new DatasetFault(FaultOf.TooLarge, $"The file has {stream.Length:N0} bytes; at most {limit:N0} can be read here."));
            Directory.CreateDirectory(Scratch);
            var copy = System.IO.Path.Combine(Scratch, $"{Guid.CreateVersion7():N}.copy");
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

    public async ValueTask DisposeAsync()
    {
        if (_held is not null) await _held.DisposeAsync();
        if (_copy is not null) File.Delete(_copy);
    }
}
