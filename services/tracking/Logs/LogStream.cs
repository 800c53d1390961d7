using System.Globalization;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Logs;

/// <summary>
/// A log as Server-Sent Events of <see cref="LogChunk"/>: <c>log</c> events whose id is the offset after them (so that <c>Last-Event-ID</c> goes
/// on exactly there), comments while nothing happens, and one <c>end</c> event, an empty complete chunk, when the run has ended and all of its
/// text was sent.
/// </summary>
internal sealed class LogStream(string project, Guid run, long offset, bool resumed, LogStore logs, LogSignal signal, RunReader runs) : IResult
{
    private const int ChunkBytes = 64 * 1024;
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
        var at = offset;
        var first = true;
        var spoke = clock.GetTimestamp();
        while (true)
        {
            // The end is read before the text: what came before the end is never missed.
            var life = await runs.FindLifeAsync(project, run, ct);
            var over = life is null or { Deleted: true } or { HasEnded: true };
            var chunk = await logs.ReadAsync(project, run, at, ChunkBytes, over, ct);
            if (first)
            {
                first = false;
                if (resumed && chunk is { Text.Length: 0, Complete: true })
                {
                    // The one answer that makes a browser's EventSource stop asking.
                    response.StatusCode = StatusCodes.Status204NoContent;
                    return;
                }

                response.ContentType = "text/event-stream";
                response.Headers.CacheControl = "no-cache";
                response.Headers["X-Accel-Buffering"] = "no";
                await response.Body.FlushAsync(ct);
            }

            if (chunk.Text.Length > 0)
            {
                at = chunk.NextOffset;
                await WriteAsync(response, "log", chunk, ct);
                spoke = clock.GetTimestamp();
            }

            if (chunk.Complete)
            {
                await WriteAsync(response, "end", new LogChunk(at, at, "", true), ct);
                return;
            }

            if (chunk.Text.Length > 0) continue;
            await follower.WaitAsync(Look, ct);
            if (clock.GetElapsedTime(spoke) < Silence) continue;
            await response.WriteAsync(": still here\n\n", ct);
            await response.Body.FlushAsync(ct);
            spoke = clock.GetTimestamp();
        }
    }

    private static async Task WriteAsync(HttpResponse response, string type, LogChunk chunk, CancellationToken ct)
    {
        var data = JsonSerializer.Serialize(chunk, MeshJson.Strict);
        var text = string.Create(CultureInfo.InvariantCulture, $"id: {chunk.NextOffset}\nevent: {type}\ndata: {data}\n\n");
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await response.Body.FlushAsync(ct);
    }
}
