using System.Collections.Concurrent;
using System.Text.Json;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Artifacts.Tests.Lineage;

/// <summary>A receiver of OpenLineage: a real server, that can fail, stall, be away and return.</summary>
internal sealed class LineageReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Run, string Type, JsonElement Event, string? Authorization)> _taken = new();
    private readonly int _port = FreePorts.One();
    private WebApplication? _app;

    /// <summary>How it answers; the event is taken where that is a success.</summary>
    public Func<JsonElement, HttpContext, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(StatusCodes.Status201Created);

    public string Url => $"http://127.0.0.1:{_port}/api/v1/lineage?source=mesh";

    /// <summary>What it took, in order.</summary>
    public IReadOnlyList<(string Run, string Type, JsonElement Event, string? Authorization)> Taken => [.. _taken];

    /// <summary>How often somebody came.</summary>
    public int Visits;

    public IEnumerable<string> TypesOf(Guid run) => Taken.Where(taken => taken.Run == run.ToString()).Select(taken => taken.Type);

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add($"http://127.0.0.1:{_port}");
        _app.MapPost("/api/v1/lineage", async context =>
        {
            Interlocked.Increment(ref Visits);
            var e = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            context.Response.StatusCode = await Answer(e, context);
            if (context.Response.StatusCode < 300) _taken.Enqueue((e.GetProperty("run").GetProperty("runId").GetString()!, e.GetProperty("eventType").GetString()!, e, context.Request.Headers.Authorization));
        });
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is null) return;
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
