using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Mesh.Monitoring.Journal;

/// <summary>
/// Server-Sent Events of one reader: <c>id</c> is the position, <c>event</c> the type, <c>data</c> the CloudEvent. It pulls page after page and holds one at a
/// time: a reader who does not read makes it wait, not grow. It ends after a while: the reader comes again where it was, if it still may.
/// </summary>
internal sealed class EventStream(
    JournalFeed feed, JournalFilter filter, long after, TimeSpan heartbeat, TimeSpan life, TimeProvider clock, CancellationToken stopping) : IResult
{
    /// <summary>Media type of the stream.</summary>
    public const string ContentType = "text/event-stream";

    private const int MostLines = 200;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        // Proxies that buffer by default are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        using var over = new CancellationTokenSource(life, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping, over.Token);
        var output = response.BodyWriter;
        try
        {
            // Says at once that the stream stands, where it begins, and how soon to come back to it.
            Write(output, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: 1000\nid: {after}\n\n")));
            await output.FlushAsync(ending.Token);
            await PumpAsync(output, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reader went away, this process stops, or it is time to ask for the right again: the reader comes with its Last-Event-ID.
        }
    }

    private async Task PumpAsync(PipeWriter output, CancellationToken ct)
    {
        var reached = after;
        var flushed = after;
        while (true)
        {
            var (lines, position) = await feed.ReadAsync(reached, filter, MostLines, ct);
            reached = position;
            foreach (var line in lines) Write(output, line);
            if (lines.Count > 0)
            {
                flushed = reached;
                await output.FlushAsync(ct);
                continue;
            }

            if (await feed.WaitAsync(reached, heartbeat, clock, ct)) continue;
            Write(output, ": "u8);
            // Moves the Last-Event-ID of a reader whose filter lets little through, so that it does not search the same again.
            if (reached > flushed) Write(output, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"at {reached}\nid: {reached}")));
            else Write(output, "still here"u8);
            Write(output, "\n\n"u8);
            flushed = reached;
            await output.FlushAsync(ct);
        }
    }

    private static void Write(PipeWriter output, JournalLine line)
    {
        Write(output, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {line.Position}\nevent: {line.Type}\ndata: ")));
        Write(output, line.Event);
        Write(output, "\n\n"u8);
    }

    private static void Write(PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }
}
