using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Identity;

namespace Mesh.Hosting.Clients;

/// <summary>Another service refused a call, or could not be reached.</summary>
public sealed class ServiceCallException(string service, Problem problem, Exception? inner = null)
    : Exception($"{service} answered {problem.Status} {problem.Code}: {problem.Detail}", inner)
{
    /// <summary>What it answered.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>Whether the same call may succeed later: unreachable, overloaded, or failed without a reason of its own.</summary>
    public bool IsOutage => Problem.Status >= 500 || Problem.Status is 408 or 429;
}

/// <summary>
/// Calls other services under a service's own identity. Registered under the service's name, since several may share a process:
/// <c>[FromKeyedServices("functions")] ServiceClient client</c>. Addresses come from <see cref="MeshOptions.Services"/>.
/// </summary>
public sealed class ServiceClient(string self, HttpClient http, MeshOptions options, IdentityTokens tokens)
{
    private int _preferred;

    /// <summary>Reads JSON.</summary>
    /// <exception cref="ServiceCallException">The service refused or could not be reached.</exception>
    public async Task<T> GetAsync<T>(string service, string path, string? project = null, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, service, project, ct);
        return await ReadAsync<T>(service, response, ct);
    }

    /// <summary>Posts JSON and reads JSON. With an idempotency key a repeated call has no second effect.</summary>
    /// <exception cref="ServiceCallException">The service refused or could not be reached.</exception>
    public async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string service, string path, TBody body, string? project = null, string? idempotencyKey = null, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: MeshJson.Tolerant) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await SendAsync(request, service, project, ct);
        return await ReadAsync<TAnswer>(service, response, ct);
    }

    /// <summary>Posts JSON where the answer does not matter.</summary>
    /// <exception cref="ServiceCallException">The service refused or could not be reached.</exception>
    public async Task PostAsync<TBody>(string service, string path, TBody body, string? project = null, string? idempotencyKey = null, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: MeshJson.Tolerant) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await SendAsync(request, service, project, ct);
    }

    /// <summary>Sends a request with a path for its address; the answer's body is not read yet. The caller disposes the answer.</summary>
    /// <exception cref="ServiceCallException">The service refused (4xx, 5xx) or could not be reached (503 <c>service.unreachable</c>).</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string service, string? project = null, CancellationToken ct = default)
    {
        var addresses = options.AddressesOf(service);
        if (addresses.Count == 0) throw new InvalidOperationException($"Mesh:Services:{service} is not configured.");
        request.RequestUri = new Uri(new Uri(addresses[(int)((uint)Volatile.Read(ref _preferred) % addresses.Count)]), request.RequestUri!.OriginalString);
        request.Headers.TryAddWithoutValidation(AddressedService.Header, service);
        request.Headers.TryAddWithoutValidation(IdentityTokens.Header, tokens.Issue(Caller.Service(self), project));
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            // The next call, and the caller's retry, try the next replica.
            Interlocked.Increment(ref _preferred);
            throw new ServiceCallException(service, Unreachable(service, e.Message), e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ServiceCallException(service, Unreachable(service, "no answer in time"), e);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response) throw new ServiceCallException(service, await ReadProblemAsync(response, ct));
    }

    private static async Task<T> ReadAsync<T>(string service, HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(MeshJson.Tolerant, ct) ?? throw new JsonException("The answer is null.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ServiceCallException(service, Unreachable(service, e.Message), e);
        }
    }

    private static async Task<Problem> ReadProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            if (response.Content.Headers.ContentType is MediaTypeHeaderValue { MediaType: "application/problem+json" }
                && await response.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant, ct) is { } problem) return problem;
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            // An answer that is cut or not a problem document says no more than its status.
        }

        var code = response.StatusCode is HttpStatusCode.NotFound ? "route.unknown" : "service.failed";
        return new Problem { Type = $"urn:mesh:error:{code}", Title = response.ReasonPhrase ?? "Error", Status = (int)response.StatusCode, Code = code };
    }

    private static Problem Unreachable(string service, string reason) => new()
    {
        Type = "urn:mesh:error:service.unreachable",
        Title = "Service Unavailable",
        Status = 503,
        Code = "service.unreachable",
        Detail = $"The service {service} cannot be reached: {reason}.",
    };
}
