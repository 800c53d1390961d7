using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Mesh.Gateway.Proxy;

/// <summary>
/// Ends event streams when the gateway stops. They have no end of their own: the drain would wait for them until its time is over, and cut them off. Their
/// readers come again with what they have.
/// </summary>
internal static class StreamsEnd
{
    internal static void EndStreamsOnStop(this TransformBuilderContext transforms)
    {
        var stopping = transforms.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        transforms.AddResponseTransform(async context =>
        {
            if (context.ProxyResponse is not { Content: { Headers.ContentType.MediaType: "text/event-stream" } content } response) return;
            response.Content = new StreamContent(new Ending(await content.ReadAsStreamAsync(context.CancellationToken), stopping));
        });
    }

    private sealed class Ending(Stream inner, CancellationToken stopping) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return 0;
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
    }
}
