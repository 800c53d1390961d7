using System.Diagnostics;
using System.Text;

namespace Mesh.Postgres;

/// <summary>A lock between processes that ends with the process that holds it, however that ends.</summary>
internal sealed class FileLock : IAsyncDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or gives null when another process has it.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="TimeoutException">Another process kept it for too long.</exception>
    public static async Task<FileLock> WaitAsync(string path, TimeSpan timeout, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100, ct))
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (waited.Elapsed > timeout)
            {
                throw new TimeoutException($"another process holds {path}");
            }
        }
    }

    /// <summary>Replaces the file's content, which others may read.</summary>
    public async Task WriteAsync(string text, CancellationToken ct)
    {
        _file.SetLength(0);
        await _file.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await _file.FlushAsync(ct);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
