using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>A request to the receiver.</summary>
public sealed record Received(string Id, string Signature, long Timestamp, string? ContentType, byte[] Body, int Answered)
{
    public MeshEvent Event => JsonSerializer.Deserialize<MeshEvent>(Body, MeshJson.Tolerant)!;

    /// <summary>Checks the signature as a receiver would that knows nothing of Mesh.</summary>
    public bool IsSignedWith(string secret)
    {
        var expected = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), (byte[])[.. Encoding.UTF8.GetBytes($"{Id}.{Timestamp}."), .. Body]);
        return Signature.Split(' ').Any(signature => signature == $"v1,{Convert.ToBase64String(expected)}");
    }
}

/// <summary>Somebody's HTTP server that webhooks post to: real sockets, and moods.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app, string address) => (_app, Url) = (app, $"{address}/hook");

    public string Url { get; }

    /// <summary>Every request, in the order in which they were answered.</summary>
    public ConcurrentQueue<Received> All { get; } = new();

    /// <summary>What was taken, in order.</summary>
    public IReadOnlyList<Received> Taken => [.. All.Where(received => received.Answered < 300)];

    /// <summary>The status to answer an event with.</summary>
    public Func<MeshEvent, int> Answer { get; set; } = _ => 204;

    /// <summary>How long an answer takes.</summary>
    public Func<MeshEvent, TimeSpan> Delay { get; set; } = _ => TimeSpan.Zero;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var receiver = new Receiver(app, address);
        app.MapPost("/hook", receiver.ReceiveAsync);
        app.MapPost("/elsewhere", () => Results.Redirect("/hook", preserveMethod: true));
        await app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var e = JsonSerializer.Deserialize<MeshEvent>(body.ToArray(), MeshJson.Tolerant)!;
        if (Delay(e) is { Ticks: > 0 } delay) await Task.Delay(delay, context.RequestAborted);
        var headers = context.Request.Headers;
        var status = Answer(e);
        All.Enqueue(new Received(
            headers["webhook-id"].ToString(), headers["webhook-signature"].ToString(), long.Parse(headers["webhook-timestamp"].ToString()),
            context.Request.ContentType, body.ToArray(), status));
        context.Response.StatusCode = status;
    }
}
