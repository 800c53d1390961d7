namespace Mesh.Client.Tests.Connection;

/// <summary>Cuts connections of event streams, as a proxy does that is restarted.</summary>
internal sealed class Cutter : DelegatingHandler
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource _cut = new();

    public int Connections { get; private set; }

    public int BytesRead { get; private set; }

    /// <summary>New connections wait.</summary>
    public void Hold() => _gate.Wait();

    public void Release() => _gate.Release();

    public void Cut() => Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Accept.Any(accept => accept.MediaType == "text/event-stream"))
        {
            await _gate.WaitAsync(cancellationToken);
            _gate.Release();
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream") return response;
        Connections++;
        response.Content = new StreamContent(new Cuttable(await response.Content.ReadAsStreamAsync(cancellationToken), read => BytesRead += read, _cut.Token));
        return response;
    }
}

file sealed class Cuttable(Stream inner, Action<int> count, CancellationToken cut) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
        try
        {
            var read = await inner.ReadAsync(buffer, either.Token);
            count(read);
            return read;
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            throw new IOException("Connection reset by peer.");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
