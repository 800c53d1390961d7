using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Directories;

/// <summary>A directory as a tar that can be read from anywhere: its length is known, and of the files only those are opened that are read. Read asynchronously only.</summary>
internal sealed class TarStream : Stream
{
    // Two empty blocks say that nothing follows.
    private const int End = 2 * TarHeader.Block;

    private readonly IReadOnlyList<DirectoryFile> _files;
    private readonly Func<DirectoryFile, CancellationToken, Task<Stream>> _open;
    private readonly long[] _starts;
    private long _position;
    private (int Index, byte[] Bytes) _header = (-1, []);
    private (int Index, Stream? Content) _content = (-1, null);

    public TarStream(IReadOnlyList<DirectoryFile> files, Func<DirectoryFile, CancellationToken, Task<Stream>> open)
    {
        (_files, _open, _starts) = (files, open, new long[files.Count + 1]);
        for (var i = 0; i < files.Count; i++) _starts[i + 1] = _starts[i] + TarHeader.LengthOf(files[i]) + TarHeader.Padded(files[i].Size);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _starts[^1] + End;

    public override long Position { get => _position; set => Seek(value, SeekOrigin.Begin); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= Length || buffer.Length == 0) return 0;
        var index = Array.BinarySearch(_starts, _position);
        if (index < 0) index = ~index - 1;
        var read = index == _files.Count ? Zeros(buffer, Length) : await ReadAsync(index, buffer, cancellationToken);
        _position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously only.");

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => Length + offset };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        return _position = target;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_content.Content is { } content) await content.DisposeAsync();
        _content = (-1, null);
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Content?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadAsync(int index, Memory<byte> buffer, CancellationToken ct)
    {
        if (_header.Index != index) _header = (index, TarHeader.Of(_files[index]));
        var (at, header) = (_position - _starts[index], _header.Bytes);
        if (at < header.Length)
        {
            var count = Math.Min(buffer.Length, header.Length - (int)at);
            header.AsMemory((int)at, count).CopyTo(buffer);
            return count;
        }

        at -= header.Length;
        var left = _files[index].Size - at;
        if (left <= 0) return Zeros(buffer, _starts[index + 1]);
        var content = await ContentAsync(index, ct);
        if (content.Position != at) content.Position = at;
        var read = await content.ReadAsync(buffer.Length > left ? buffer[..(int)left] : buffer, ct);
        return read > 0 ? read : throw new EndOfStreamException($"The file '{_files[index].Path}' ends before its length.");
    }

    private async Task<Stream> ContentAsync(int index, CancellationToken ct)
    {
        if (_content.Index == index) return _content.Content!;
        if (_content.Content is { } other) await other.DisposeAsync();
        _content = (-1, null);
        var content = await _open(_files[index], ct);
        _content = (index, content);
        return content;
    }

    private int Zeros(Memory<byte> buffer, long until)
    {
        var count = (int)Math.Min(buffer.Length, until - _position);
        buffer.Span[..count].Clear();
        return count;
    }
}
