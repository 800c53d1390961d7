using System.Globalization;
using System.Net;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Client.Tests;

/// <summary>
/// The way to the services for whoever knows only an address, such as another process: says who is calling, as the gateway does, and can be shut, so
/// that nobody listens there.
/// </summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly Uri _services;
    private readonly HttpClient _http;
    private WebApplication? _open;

    private Door(Uri services, HttpClient http, string project) => (_services, _http, Project) = (services, http, project);

    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePorts.Lasting(1)}"));

    public string Project { get; }

    /// <summary>What batches of metrics are answered with, reaching nobody; 0 when they pass.</summary>
    public int Refusing { get; set; }

    /// <summary>Whether batches of metrics are carried out and their answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>How long batches of metrics take.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>Batches of metrics that came through.</summary>
    public int Batches { get; private set; }

    public static async Task<Door> OpenAsync(Uri services, HttpClient http, string project)
    {
        var door = new Door(services, http, project);
        await door.OpenAsync();
        return door;
    }

    public async Task OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _open = builder.Build();
        _open.Urls.Add(Address.AbsoluteUri);
        _open.Run(PassAsync);
        await _open.StartAsync();
    }

    public async Task ShutAsync()
    {
        if (_open is null) return;
        await _open.StopAsync();
        await _open.DisposeAsync();
        _open = null;
    }

    public async ValueTask DisposeAsync() => await ShutAsync();

    private async Task PassAsync(HttpContext context)
    {
        var isBatch = context.Request.Method == "POST" && context.Request.Path.Value!.EndsWith("/metrics", StringComparison.Ordinal);
        if (isBatch && Slowness > TimeSpan.Zero) await Task.Delay(Slowness, context.RequestAborted);
        if (isBatch && Refusing > 0)
        {
            context.Response.StatusCode = Refusing;
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_services, $"{context.Request.Path}{context.Request.QueryString}"));
        if (context.Request.ContentType is { } type)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (context.Request.Headers.TryGetValue("Idempotency-Key", out var key)) request.Headers.TryAddWithoutValidation("Idempotency-Key", (string?)key);
        using var answer = await _http.SendAsync(request, context.RequestAborted);
        if (isBatch) Batches++;
        if (isBatch && LosesAnswers)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        // Kestrel takes even an empty write to such an answer for a fault, and closes the connection behind it.
        if (answer.StatusCode == HttpStatusCode.NoContent) return;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body);
    }
}
