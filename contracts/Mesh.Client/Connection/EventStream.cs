using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Mesh.Client.Connection;

/// <summary>
/// Server-Sent Events that survive a lost connection: it is made again with the id of the last event that arrived, as
/// <c>Last-Event-ID</c>, for as long as the caller reads.
/// </summary>
/// <param name="path">Path and query for a connection; takes the last event id.</param>
internal sealed class EventStream(MeshConnection connection, Func<string?, string> path)
{
    // The server sends a comment at least every 15 s; three missed ones are a dead connection.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<SseItem<string>> ReadAsync(string? lastEventId, [EnumeratorCancellation] CancellationToken ct)
    {
        var position = new Position { LastEventId = lastEventId };
        while (!position.Over)
        {
            await foreach (var item in ConnectAsync(position, ct)) yield return item;
            if (!position.Over) await Task.Delay(TimeSpan.FromMilliseconds(200), connection.Options.Clock, ct);
        }
    }

    private async IAsyncEnumerable<SseItem<string>> ConnectAsync(Position position, [EnumeratorCancellation] CancellationToken ct)
    {
        var lastEventId = position.LastEventId;

        HttpRequestMessage Request()
        {
            var message = new HttpRequestMessage(HttpMethod.Get, connection.Address(path(lastEventId)));
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            if (lastEventId is not null) message.Headers.Add("Last-Event-ID", lastEventId);
            return message;
        }

        using var response = await connection.OpenAsync(Request, new Sending(MayRepeat: true, Long: true), ct);
        // The protocol's way to say that nothing will ever follow.
        position.Over = response.StatusCode == HttpStatusCode.NoContent;
        if (position.Over) yield break;
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await using var stream = new SilenceLimit(body, Silence);
        var parser = SseParser.Create(stream);
        await using var items = parser.EnumerateAsync(ct).GetAsyncEnumerator(ct);
        while (true)
        {
            var more = false;
            try
            {
                more = await items.MoveNextAsync();
            }
            catch (Exception e) when (e is IOException or HttpRequestException && !ct.IsCancellationRequested)
            {
                // Lost; the caller connects again.
            }

            // Heartbeats carry ids too: they spare the server the search that an old one would cost.
            if (parser.LastEventId is { Length: > 0 } id) position.LastEventId = id;
            if (!more) yield break;
            yield return items.Current;
        }
    }

    private sealed class Position
    {
        public string? LastEventId { get; set; }

        public bool Over { get; set; }
    }

    /// <summary>Ends a read that has waited too long, so that a peer which vanished without a word is noticed.</summary>
    private sealed class SilenceLimit(Stream inner, TimeSpan limit) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timer.CancelAfter(limit);
            try
            {
                return await inner.ReadAsync(buffer, timer.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"Nothing came for {limit.TotalSeconds:0} s.");
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
