using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Client.Tracking.Spool;

/// <summary>
/// Batches of a run on the disk, in the order in which they are to be sent. Locked while it is open: a file that can be opened was left behind.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    /// <summary>How the names of files end that wait to be sent.</summary>
    public const string Suffix = ".spool";

    private readonly FileStream _stream;
    private long _end;

    private SpoolFile(FileStream stream, SpoolHeader? header, long first, long end) => (_stream, Header, First, _end) = (stream, header, first, end);

    /// <summary>Where it is.</summary>
    public string Path => _stream.Name;

    /// <summary>Its bytes.</summary>
    public long Length => _end;

    /// <summary>Whose points it holds; null where that cannot be read.</summary>
    public SpoolHeader? Header { get; }

    /// <summary>Where the first record after the header begins.</summary>
    public long First { get; }

    private SafeFileHandle Handle => _stream.SafeFileHandle;

    /// <summary>Makes a file that only its owner may read, in a folder of that kind.</summary>
    public static SpoolFile Create(string folder, SpoolHeader header)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var stream = Open(System.IO.Path.Combine(folder, $"{header.Run:N}-{Guid.CreateVersion7():N}{Suffix}"), FileMode.CreateNew);
        var file = new SpoolFile(stream, header, 0, 0);
        try
        {
            file.Write(SpoolRecord.Encode(SpoolRecordKind.Header, JsonSerializer.SerializeToUtf8Bytes(header, MeshJson.Strict)));
        }
        catch (IOException)
        {
            file.Delete();
            throw;
        }

        return new SpoolFile(stream, header, file._end, file._end);
    }

    /// <summary>Opens a file that was left behind; null when it is in use or gone.</summary>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    public static SpoolFile? TryOpen(string path)
    {
        FileStream stream;
        try
        {
            stream = Open(path, FileMode.Open);
        }
        catch (IOException)
        {
            return null;
        }

        var first = SpoolRecord.Read(stream.SafeFileHandle, 0);
        var header = first is { Kind: SpoolRecordKind.Header, Content: { } content } ? ReadHeader(content) : null;
        return new SpoolFile(stream, header, first?.Next ?? 0, RandomAccess.GetLength(stream.SafeFileHandle));
    }

    /// <summary>A batch as a record.</summary>
    public static byte[] Encode(LogMetrics batch) => SpoolRecord.Encode(SpoolRecordKind.Batch, JsonSerializer.SerializeToUtf8Bytes(batch, MeshJson.Strict));

    /// <summary>The next record from <paramref name="at"/> on; see <see cref="SpoolRecord.Read"/>.</summary>
    public SpoolRecord? Read(long at) => at < _end ? SpoolRecord.Read(Handle, at) : null;

    /// <summary>Goes on at the end of the last whole record: what a write that was cut short has left is written over.</summary>
    public void GoOnAt(long end) => _end = end;

    /// <summary>Adds records, all or none; when it returns they outlast this process, and its machine.</summary>
    /// <exception cref="IOException">The disk does not take them.</exception>
    public void Append(IReadOnlyList<byte[]> records)
    {
        Write(records);
        RandomAccess.FlushToDisk(Handle);
    }

    /// <summary>Notes that a batch need not be sent again. A note that is lost costs a repetition, which its id makes harmless.</summary>
    public void MarkDone(Guid batch)
    {
        try
        {
            Write(SpoolRecord.Encode(SpoolRecordKind.Done, batch.ToByteArray()));
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Ends the file and the lock on it. Whoever holds it open at this moment finds it empty.</summary>
    public void Delete()
    {
        try
        {
            _stream.SetLength(0);
            _stream.Dispose();
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Gives the file a name by which it is not looked at again, and ends the lock on it.</summary>
    /// <returns>Where it is now.</returns>
    public string SetAside(string suffix)
    {
        _stream.Dispose();
        var aside = System.IO.Path.ChangeExtension(Path, suffix);
        try
        {
            File.Move(Path, aside);
        }
        catch (FileNotFoundException)
        {
            // Somebody else came to the same end.
        }

        return aside;
    }

    /// <summary>Ends the lock; the file stays.</summary>
    public void Dispose() => _stream.Dispose();

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static SpoolHeader? ReadHeader(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<SpoolHeader>(content, MeshJson.Tolerant) is { Version: SpoolHeader.Current } header ? header : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What was cut short is written over by the next attempt.
    private void Write(params IReadOnlyList<byte[]> records)
    {
        RandomAccess.Write(Handle, [.. records.Select(record => (ReadOnlyMemory<byte>)record)], _end);
        _end += records.Sum(record => (long)record.Length);
    }
}
