using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Journal;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Live;

/// <summary>
/// Says when something changes, as Server-Sent Events of <see cref="Changed"/>: what changed is the type of the event, and what it is now is read where it always is.
/// Each type comes once at the beginning: what was read before the stream stood may be old, also after a lost connection, so there are no ids. Comments come while
/// nothing does. It ends after a while: the reader comes again, if it still may.
/// </summary>
internal sealed class ChangeStream(params IReadOnlyList<ChangeTopic> topics) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var (options, clock) = (services.GetRequiredService<IOptions<MonitoringOptions>>().Value, services.GetRequiredService<TimeProvider>());
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(options.StreamSeconds), clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            httpContext.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping, over.Token);
        using var follower = services.GetRequiredService<ChangeSignal>().Follow(topics);
        try
        {
            await SendAsync(httpContext.Response, follower, TimeSpan.FromSeconds(options.HeartbeatSeconds), clock, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reader went away, this process stops, or it is time to ask for the right again.
        }
    }

    private static async Task SendAsync(HttpResponse response, ChangeFollower follower, TimeSpan heartbeat, TimeProvider clock, CancellationToken ct)
    {
        response.ContentType = EventStream.ContentType;
        response.Headers.CacheControl = "no-store";
        // Proxies that buffer by default are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        await WriteAsync("retry: 1000\n\n");
        while (true)
        {
            var changed = await follower.NextAsync(heartbeat, ct);
            await WriteAsync(changed.Count > 0 ? Events(changed) : ": still here\n\n");
        }

        string Events(IEnumerable<ChangeKind> kinds)
        {
            var data = JsonSerializer.Serialize(new Changed(clock.GetUtcNow()), MeshJson.Strict);
            return string.Concat(kinds.Select(kind => $"event: {EnumNames.Of(kind)}\ndata: {data}\n\n"));
        }

        async Task WriteAsync(string text)
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
            await response.Body.FlushAsync(ct);
        }
    }
}
