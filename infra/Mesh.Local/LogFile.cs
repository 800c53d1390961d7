using System.Text;

namespace Mesh.Local;

/// <summary>
/// A log of bounded size: when it is full it is put aside as <c>*.old</c>, replacing the one put aside before. A line that cannot be written is dropped:
/// the process that says it would otherwise wait for us, with a pipe that nobody empties.
/// </summary>
internal sealed class LogFile(string path, long limit = LogFile.Limit) : IDisposable
{
    /// <summary>Bytes that a log may have.</summary>
    public const long Limit = 16 << 20;

    private readonly Lock _turn = new();
    private FileStream? _file;

    /// <summary>Writes all that a process says, to its end.</summary>
    public async Task TakeAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line) Write(line);
    }

    /// <summary>Writes a line, or drops it.</summary>
    public void Write(string line)
    {
        lock (_turn)
        {
            try
            {
                if (_file?.Position >= limit)
                {
                    Close();
                    File.Move(path, path + ".old", overwrite: true);
                }

                _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                _file.Write(Encoding.UTF8.GetBytes(line + '\n'));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next line opens it anew: the disk may have room again then.
                Close();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn) Close();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
