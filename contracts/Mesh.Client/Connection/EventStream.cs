using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Mesh.Client.Connection;

/// <summary>
/// Server-Sent Events that survive a lost connection: it is made again with the last id that arrived, as <c>Last-Event-ID</c>, for as
/// long as the caller reads. Only the first connection ends with the patience of any request.
/// </summary>
/// <param name="path">Path and query for a connection; takes the last event id.</param>
internal sealed class EventStream(MeshConnection connection, Func<string?, string> path)
{
    // The server sends a comment at least every 15 s; three missed ones are a dead connection.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async IAsyncEnumerable<SseItem<string>> ReadAsync(string? lastEventId, [EnumeratorCancellation] CancellationToken ct)
    {
        var position = new Position { LastEventId = lastEventId };
        while (!position.Over)
        {
            await foreach (var item in ConnectAsync(position, ct)) yield return item;
            if (!position.Over) await Task.Delay(Pause, connection.Options.Clock, ct);
        }
    }

    private async IAsyncEnumerable<SseItem<string>> ConnectAsync(Position position, [EnumeratorCancellation] CancellationToken ct)
    {
        using var response = await OpenAsync(position, ct);
        if (response is null) yield break;
        position.Stood = true;
        // The protocol's way to say that nothing will ever follow.
        position.Over = response.StatusCode == HttpStatusCode.NoContent;
        if (position.Over) yield break;
        var reached = new LastEventId();
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await using var stream = new Watched(body, Silence, reached);
        await using var items = SseParser.Create(stream).EnumerateAsync(ct).GetAsyncEnumerator(ct);
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

            // The start and heartbeats have ids too: where to go on before the first event, and what need not be searched again.
            position.LastEventId = reached.Value ?? position.LastEventId;
            if (!more) yield break;
            yield return items.Current;
        }
    }

    private async Task<HttpResponseMessage?> OpenAsync(Position position, CancellationToken ct)
    {
        var lastEventId = position.LastEventId;

        HttpRequestMessage Request()
        {
            var message = new HttpRequestMessage(HttpMethod.Get, connection.Address(path(lastEventId)));
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            if (lastEventId is not null) message.Headers.Add("Last-Event-ID", lastEventId);
            return message;
        }

        try
        {
            return await connection.OpenAsync(Request, new Sending(MayRepeat: true, Long: true), ct);
        }
        catch (MeshException e) when (position.Stood && e.IsOutage)
        {
            return null;
        }
    }

    private sealed class Position
    {
        public string? LastEventId { get; set; }

        public bool Stood { get; set; }

        public bool Over { get; set; }
    }

    /// <summary>Ends a read that has waited too long, so that a peer which vanished without a word is noticed, and follows the ids.</summary>
    private sealed class Watched(Stream inner, TimeSpan limit, LastEventId reached) : Stream
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
                var read = await inner.ReadAsync(buffer, timer.Token);
                reached.Take(buffer.Span[..read]);
                return read;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"Nothing came for {limit.TotalSeconds:0} s.");
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
    }
}
