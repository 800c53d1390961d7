using Mesh.Hosting.Identity;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>The way of a pod's requests to the services: the job's token becomes the identity of the job, as the gateway does it.</summary>
internal sealed class JobGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    private JobGateway(WebApplication app, string address) => (_app, Address) = (app, address);

    public string Address { get; }

    /// <summary>Where the services are, and the tokens of their key, when they are there.</summary>
    public (Uri Address, IdentityTokens Tokens)? To { get; set; }

    /// <summary>Leads to the services of this host.</summary>
    public void Open(ServiceHost host) => To = (host.Address, host.Service<IdentityTokens>());

    public static async Task<JobGateway> StartAsync()
    {
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var gateway = new JobGateway(app, address);
        app.Run(gateway.ForwardAsync);
        await app.StartAsync();
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext http)
    {
        var (place, tokens) = To!.Value;
        var token = http.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        if (await tokens.VerifyJobAsync(token) is not { } identity)
        {
            http.Response.StatusCode = 401;
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(place, http.Request.Path + http.Request.QueryString.Value));
        if (http.Request.ContentLength is not (null or 0) || http.Request.Headers.TransferEncoding.Count > 0) request.Content = new StreamContent(http.Request.Body);
        foreach (var (name, values) in http.Request.Headers.Where(h => h.Key is not ("Host" or "Authorization")))
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        request.Headers.Add(IdentityTokens.Header, tokens.Issue(identity.Caller, identity.Caller.Project));
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key is not "Transfer-Encoding")) http.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
