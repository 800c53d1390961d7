using Amazon.Runtime;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Sources;

/// <summary>
/// The bytes of a source in the state that was seen when it was logged, from wherever the position is: asked for when the first one is wanted, and once more after a jump.
/// What has changed since is refused, also where that is found in the middle.
/// </summary>
internal sealed class SourceStream(ISourceKind kind, string address, SourceState seen, TimeSpan patience) : Stream
{
    private long _position;
    private SourceBody? _body;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => seen.Size;

    public override long Position { get => _position; set => Seek(value, SeekOrigin.Begin); }

    /// <summary>Asks for the bytes from the position on, so that a source that is away or has changed is found before anything is answered.</summary>
    /// <exception cref="RejectedException">It is not what it was, or not there.</exception>
    public async Task BeginAsync(CancellationToken ct)
    {
        if (_body is not null) return;
        var body = await kind.OpenAsync(address, _position, ct);
        if (!body.State.IsStill(seen))
        {
            body.Dispose();
            throw new RejectedException(SourceRefusals.Changed);
        }

        _body = body;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= seen.Size || buffer.Length == 0) return 0;
        if (buffer.Length > seen.Size - _position) buffer = buffer[..(int)(seen.Size - _position)];
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waiting.CancelAfter(patience);
        try
        {
            await BeginAsync(waiting.Token);
            var read = await _body!.Content.ReadAsync(buffer, waiting.Token);
            if (read == 0) throw new RejectedException(SourceRefusals.Unreachable("it ended before its length."));
            _position += read;
            // Before its last bytes are given out: nobody takes a mixture for the whole.
            if (_position == seen.Size && _body.Again is { } again && !again().IsStill(seen)) throw new RejectedException(SourceRefusals.Changed);
            return read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or AmazonServiceException)
        {
            throw new RejectedException(SourceRefusals.Unreachable("the connection to it broke."));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RejectedException(SourceRefusals.Unreachable($"nothing came for {patience.TotalSeconds:0} seconds."));
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously only.");

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => seen.Size + offset };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        if (target != _position) Stop();
        return _position = target;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) Stop();
        base.Dispose(disposing);
    }

    private void Stop()
    {
        _body?.Dispose();
        _body = null;
    }
}
