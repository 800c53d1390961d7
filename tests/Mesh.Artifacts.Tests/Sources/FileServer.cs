using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Tests.Sources;

/// <summary>A web server on a port of this machine that has one file at <c>/file</c>, and other addresses that misbehave.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private FileServer(WebApplication app) => _app = app;

    public byte[] Content { get; set; } = [];

    public string ETag { get; set; } = "\"1\"";

    public bool KnowsRanges { get; set; } = true;

    public int Requests => _requests;

    public string Address { get; private set; } = "";

    public int Port => new Uri(Address).Port;

    public static async Task<FileServer> StartAsync(byte[] content)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FileServer(app) { Content = content };
        app.MapGet("/file", () =>
        {
            Interlocked.Increment(ref server._requests);
            return Results.Bytes(server.Content, "text/csv", enableRangeProcessing: server.KnowsRanges, entityTag: new EntityTagHeaderValue(server.ETag));
        });
        app.MapGet("/nothing-to-compare", () => Results.Bytes(server.Content, "text/csv"));
        app.MapGet("/chunked", async (HttpContext context) =>
        {
            context.Response.Headers.ETag = server.ETag;
            await context.Response.StartAsync();
            await context.Response.Body.WriteAsync(server.Content);
        });
        app.MapGet("/stuck", async (HttpContext context) =>
        {
            context.Response.Headers.ETag = server.ETag;
            context.Response.ContentLength = server.Content.Length;
            await context.Response.Body.WriteAsync(server.Content.AsMemory(0, server.Content.Length / 2));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        app.MapGet("/packed", (HttpContext context) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return Results.Bytes(server.Content, "text/csv", entityTag: new EntityTagHeaderValue(server.ETag));
        });
        app.MapGet("/silent", async (HttpContext context) => await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        app.MapGet("/redirect", (string to) => Results.Redirect(to));
        app.MapGet("/round", () => Results.Redirect("/round"));
        await app.StartAsync();
        server.Address = app.Urls.First();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
