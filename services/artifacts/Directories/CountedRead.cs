using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Directories;

/// <summary>Bytes that may still be unpacked, over all files of an archive.</summary>
internal sealed class Budget(long bytes)
{
    public static Rejection Exceeded { get; } = Rejection.TooLarge("archive.too-large", "The files of the archive have more bytes together than one upload may have here.");

    /// <exception cref="RejectedException">There is none left.</exception>
    public void Spend(int count)
    {
        bytes -= count;
        if (bytes < 0) throw new RejectedException(Exceeded);
    }
}

/// <summary>Reads what is unpacked, as far as its limits let it: what is more than them is never held or written.</summary>
/// <param name="most">The most bytes of this stream, by the ratio that its packed form allows.</param>
internal sealed class CountedRead(Stream inner, long most, Budget? budget) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Count(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        _read += read;
        if (_read > most)
            throw new RejectedException(Rejection.Unprocessable("archive.bomb", $"The archive unpacks to more than {ArchiveReader.MostRatio} times its size: that is no archive to unpack."));
        budget?.Spend(read);
        return read;
    }
}
