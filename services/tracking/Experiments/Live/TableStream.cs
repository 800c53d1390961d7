using System.Text;
using Npgsql;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>
/// The table of an experiment as Server-Sent Events: <c>runs</c> events of <see cref="Contracts.Tracking.RunRows"/>, at most two a second, comments while
/// nothing happens, and one <c>end</c> event when the experiment is deleted and all of its runs have gone. The ids are positions: <c>Last-Event-ID</c> goes on
/// there, with each row that changed meanwhile as it is now. Without it the newest rows come first, as many as were asked for. A stream ends after a while
/// without <c>end</c>; its follower comes again where it was.
/// </summary>
/// <param name="position">Where to go on; null for what changes from now on.</param>
/// <param name="rows">How many of the newest rows come first when there is no position.</param>
internal sealed class TableStream(string project, long experiment, TablePosition? position, int rows, TableReader reader, TableFeed feed, TimeSpan longest) : IResult
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        // A stopping service ends its streams at once: followers go on at another replica where they were.
        var stopping = httpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        var watch = feed.Join(project, experiment);
        try
        {
            await SendAsync(httpContext, watch, httpContext.RequestServices.GetRequiredService<TimeProvider>(), ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The follower left, or the service stops.
        }
        catch (NpgsqlException) when (httpContext.Response.HasStarted)
        {
            // Too late for a problem document: a broken stream makes the follower come again where it was.
            httpContext.Abort();
        }
        finally
        {
            feed.Leave(watch);
        }
    }

    private async Task SendAsync(HttpContext context, TableWatch watch, TimeProvider clock, CancellationToken ct)
    {
        var response = context.Response;
        // Before the table is read: what the watch finds later is not missed.
        var number = watch.Number;
        var page = position is null ? await reader.NewestAsync(project, experiment, rows, ct) : await reader.ChangedAsync(project, experiment, position, ct);
        if (position is not null && page is { Event: null, Over: true })
        {
            // The one answer that makes a browser's EventSource stop asking.
            response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        var (began, spoke) = (clock.GetTimestamp(), clock.GetTimestamp());
        // Without data it is no event, but a position to come again with.
        if (page.Event is null) await WriteAsync($"id: {page.To.Encode()}\n\n");
        while (true)
        {
            page = await CatchUpAsync(page);
            var at = page.To;
            watch.Start(at);
            // Page by page with all who follow, until this one is too slow for it.
            for (var missed = false; !missed;)
            {
                if (page is { Over: true, More: false })
                {
                    await WriteAsync("event: end\ndata: {}\n\n");
                    return;
                }

                if (clock.GetElapsedTime(began) is var lasted && lasted >= longest) return;
                var (newest, next) = await watch.NextAsync(number, Shorter(Silence - clock.GetElapsedTime(spoke), longest - lasted), ct);
                if (watch.IsLost)
                {
                    context.Abort();
                    return;
                }

                missed = newest > number && next is null;
                number = newest;
                // What was read by itself may be newer than what the watch had found until then.
                if (next is not null && !at.Covers(next.To))
                {
                    page = next;
                    at = page.To;
                    if (page.Event is { } found) await SendAsync(found);
                }

                if (clock.GetElapsedTime(spoke) >= Silence) await WriteAsync(": still here\n\n");
            }

            page = await reader.ChangedAsync(project, experiment, at, ct);
        }

        async Task<TablePage> CatchUpAsync(TablePage from)
        {
            for (var read = from; ; read = await reader.ChangedAsync(project, experiment, read.To, ct))
            {
                if (read.Event is { } rows) await SendAsync(rows);
                if (!read.More) return read;
            }
        }

        Task WriteAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        async Task SendAsync(ReadOnlyMemory<byte> text)
        {
            await response.Body.WriteAsync(text, ct);
            await response.Body.FlushAsync(ct);
            spoke = clock.GetTimestamp();
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a > TimeSpan.Zero ? a : TimeSpan.Zero : b;
}
