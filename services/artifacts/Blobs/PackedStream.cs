using System.Buffers;
using System.IO.Compression;

namespace Mesh.Artifacts.Blobs;

/// <summary>The text in a packed file: read from any place, one member in memory at a time. Where members begin is learned on the way.</summary>
internal sealed class PackedStream : Stream
{
    private readonly FileStream _file;
    private readonly List<long> _members = [0];
    private byte[] _packed = [];
    private byte[]? _text;
    private int _read = -1;
    private int _textBytes;
    private long _position;

    private PackedStream(FileStream file, long length) => (_file, Length) = (file, length);

    /// <summary>Opens a packed file, and has it from then on.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static PackedStream Open(FileStream file)
    {
        try
        {
            Span<byte> header = stackalloc byte[PackedFile.HeaderBytes];
            var read = RandomAccess.Read(file.SafeFileHandle, header, 0);
            return new PackedStream(file, PackedFile.Read(header[..read]).Length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where the file is.</summary>
    public string Name => _file.Name;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_position >= Length || buffer.Length == 0) return 0;
        var member = (int)(_position / PackedFile.ChunkBytes);
        if (member != _read) Unpack(member);
        var at = (int)(_position % PackedFile.ChunkBytes);
        var count = Math.Min(buffer.Length, _textBytes - at);
        if (count <= 0) throw Damaged();
        _text.AsSpan(at, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var member = (int)(_position / PackedFile.ChunkBytes);
        // What is near in the file is in the page cache: unpacking takes longer than reading, and that is work.
        if (_position < Length && member != _read && Length > PackedFile.ChunkBytes) await Task.Yield();
        return Read(buffer.Span);
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            if (_text is { } text) ArrayPool<byte>.Shared.Return(text);
            if (_packed.Length > 0) ArrayPool<byte>.Shared.Return(_packed);
            (_text, _packed, _read) = (null, [], -1);
        }

        base.Dispose(disposing);
    }

    private void Unpack(int member)
    {
        _read = -1;
        Span<byte> header = stackalloc byte[PackedFile.HeaderBytes];
        while (_members.Count <= member) _members.Add(_members[^1] + MemberAt(_members[^1], header));
        var bytes = MemberAt(_members[member], header);
        if (_members[member] + bytes > RandomAccess.GetLength(_file.SafeFileHandle)) throw Damaged();
        if (_packed.Length < bytes)
        {
            if (_packed.Length > 0) ArrayPool<byte>.Shared.Return(_packed);
            _packed = ArrayPool<byte>.Shared.Rent(bytes);
        }

        _text ??= ArrayPool<byte>.Shared.Rent(PackedFile.ChunkBytes);
        var packed = _packed.AsMemory(0, bytes);
        for (var got = 0; got < bytes;)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, packed.Span[got..], _members[member] + got);
            if (read == 0) throw Damaged();
            got += read;
        }

        using var unpacking = new GZipStream(new MemoryStream(_packed, 0, bytes), CompressionMode.Decompress);
        _textBytes = unpacking.ReadAtLeast(_text.AsSpan(0, PackedFile.ChunkBytes), PackedFile.ChunkBytes, throwOnEndOfStream: false);
        _read = member;
    }

    private int MemberAt(long position, Span<byte> header)
    {
        var read = RandomAccess.Read(_file.SafeFileHandle, header, position);
        return PackedFile.Read(header[..read]).MemberBytes;
    }

    private static InvalidDataException Damaged() => new("A packed blob is damaged: it ends before its text does.");
}
