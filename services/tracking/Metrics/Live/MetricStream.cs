using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Metrics.Live;

/// <summary>
/// The new points of a run as Server-Sent Events: <c>points</c> events of <see cref="MetricPoints"/>, comments while nothing happens, and one <c>end</c>
/// event when the run has ended and all of its points were sent. The ids are positions: <c>Last-Event-ID</c> goes on there, and a point may come
/// again when the connection was lost in the midst of many. Without it only what is new from now on is sent. A stream ends after a while without
/// <c>end</c>; its follower comes again where it was.
/// </summary>
/// <param name="names">The metrics that are followed; null for all.</param>
/// <param name="position">Where to go on; null for what is new from now on.</param>
internal sealed class MetricStream(
    string project, Guid run, string[]? names, MetricPosition? position, NewPointReader points, MetricSignal signal, RunReader runs, TimeSpan longest) : IResult
{
    private const int MostPoints = 1_000;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        // A stopping service ends its streams at once: followers go on at another replica where they were.
        var stopping = httpContext.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        try
        {
            await SendAsync(httpContext.Response, httpContext.RequestServices.GetRequiredService<TimeProvider>(), ends.Token);
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
    }

    private async Task SendAsync(HttpResponse response, TimeProvider clock, CancellationToken ct)
    {
        using var follower = signal.Follow(project, run);
        var seen = position ?? new MetricPosition();
        if (position is null)
            foreach (var known in await points.FindAsync(project, run, names, seen, ct)) seen[known.Series] = known.To;
        var began = clock.GetTimestamp();
        var spoke = began;
        for (var first = true; ; first = false)
        {
            // The end is read before the points: what came before the end is never missed.
            var over = await runs.FindLifeAsync(project, run, ct) is null or { Deleted: true } or { HasEnded: true };
            var grown = await points.FindAsync(project, run, names, seen, ct);
            if (first)
            {
                if (position is not null && over && grown.Count == 0)
                {
                    // The one answer that makes a browser's EventSource stop asking.
                    response.StatusCode = StatusCodes.Status204NoContent;
                    return;
                }

                response.ContentType = "text/event-stream";
                response.Headers.CacheControl = "no-cache";
                response.Headers["X-Accel-Buffering"] = "no";
                // Without data it is no event, but a position to come again with.
                await WriteAsync(response, $"id: {seen.Encode()}\n\n", ct);
            }

            if (grown.Count > 0)
            {
                await SendAsync(response, grown, seen, ct);
                spoke = clock.GetTimestamp();
            }
            else if (over)
            {
                await WriteAsync(response, "event: end\ndata: {}\n\n", ct);
                return;
            }

            if (clock.GetElapsedTime(began) >= longest) return;
            if (grown.Count > 0) continue;
            await follower.WaitAsync(Look, ct);
            if (clock.GetElapsedTime(spoke) < Silence) continue;
            await WriteAsync(response, ": still here\n\n", ct);
            spoke = clock.GetTimestamp();
        }
    }

    // Only the last event has an id: the points of a metric need not come in the order of arrival.
    private async Task SendAsync(HttpResponse response, IReadOnlyList<GrownMetric> grown, MetricPosition seen, CancellationToken ct)
    {
        var chunk = new List<MetricPoint>();
        foreach (var metric in grown)
        {
            await foreach (var point in points.ReadAsync(metric, ct))
            {
                if (chunk.Count == MostPoints)
                {
                    await WriteAsync(response, $"event: points\ndata: {Data(chunk)}\n\n", ct);
                    chunk.Clear();
                }

                chunk.Add(point);
            }

            seen[metric.Series] = metric.To;
        }

        await WriteAsync(response, $"id: {seen.Encode()}\nevent: points\ndata: {Data(chunk)}\n\n", ct);
    }

    private static string Data(IReadOnlyList<MetricPoint> chunk) => JsonSerializer.Serialize(new MetricPoints(chunk), MeshJson.Strict);

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken ct)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await response.Body.FlushAsync(ct);
    }
}
