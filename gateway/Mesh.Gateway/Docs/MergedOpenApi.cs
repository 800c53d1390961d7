using System.Text.Json.Nodes;
using Mesh.Gateway.Proxy;
using Mesh.Hosting;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Docs;

/// <summary>
/// The OpenAPI document of all services at one address. A service that does not answer is left out, which the document says, and asked again soon.
/// </summary>
internal sealed class MergedOpenApi([FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services, MeshOptions options, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan LifeOfWhole = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LifeOfPart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _merging = new(1, 1);
    private (string Document, DateTimeOffset Until)? _cached;

    /// <summary>The document as JSON.</summary>
    internal async Task<string> ReadAsync(CancellationToken ct)
    {
        if (_cached is { } cached && cached.Until > clock.GetUtcNow()) return cached.Document;
        await _merging.WaitAsync(ct);
        try
        {
            if (_cached is { } fresh && fresh.Until > clock.GetUtcNow()) return fresh.Document;
            var parts = await Task.WhenAll(ServiceRoutes.Services.Select(async service => (service, document: await FetchAsync(service, ct))));
            var missing = parts.Where(part => part.document is null).Select(part => part.service).ToList();
            var merged = OpenApiMerge.Of([.. parts.Where(part => part.document is not null).Select(part => (part.service, part.document!))], missing).ToJsonString();
            _cached = (merged, clock.GetUtcNow() + (missing.Count == 0 ? LifeOfWhole : LifeOfPart));
            return merged;
        }
        finally
        {
            _merging.Release();
        }
    }

    public void Dispose() => _merging.Dispose();

    private async Task<JsonObject?> FetchAsync(string service, CancellationToken ct)
    {
        if (options.AddressesOf(service).Count == 0) return null;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        try
        {
            return await services.GetAsync<JsonObject>(service, "/openapi/v1.json", ct: limited.Token);
        }
        catch (Exception e) when (e is ServiceCallException or System.Text.Json.JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}

/// <summary>Maps the merged document where the services are elsewhere; modules of the same process have one document already.</summary>
internal static class MergedOpenApiEndpoint
{
    internal static void MapMergedOpenApi(this IEndpointRouteBuilder app) =>
        app.MapGet("/openapi/v1.json", Show).AllowAnonymousCaller().ExcludeFromDescription();

    private static async Task<IResult> Show(MergedOpenApi merged, CancellationToken ct) => Results.Text(await merged.ReadAsync(ct), "application/json");
}
