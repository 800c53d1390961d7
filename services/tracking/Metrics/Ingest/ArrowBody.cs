using System.Buffers.Binary;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>
/// The stream that an Arrow reader reads. The reader takes as much memory for the description of a record batch as four bytes before it say: here they
/// are looked at first. Every read but the last fills its buffer, so that those four come alone.
/// </summary>
internal sealed class ArrowBody(Stream body) : Stream
{
    private const int MaxDescription = 1 << 20;

    // What stands before a length.
    private const int Continuation = -1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (read == sizeof(int) && buffer.Length == sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(buffer.Span) is not Continuation and (< 0 or > MaxDescription))
            throw new InvalidDataException("The description of a record batch is too large.");
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
