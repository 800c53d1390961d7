using System.Net;
using System.Net.Http.Headers;
using Mesh.Hosting.Network;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Lineage.Pushing;

/// <summary>How a receiver took an event.</summary>
/// <param name="Problem">What went wrong, in words for whoever named the receiver; null where nothing did.</param>
/// <param name="IsFinal">Whether the same event would be refused again.</param>
internal readonly record struct Delivery(string? Problem, bool IsFinal = false);

/// <summary>Posts events. Redirections are not followed.</summary>
internal sealed class OpenLineageHttp(IOptions<OpenLineageOptions> options) : IDisposable
{
    private const string Forbidden = "The address of the host is a private one, and the operator has not allowed it.";

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectCallback = (context, ct) => GuardedConnection.OpenAsync(context.DnsEndPoint, IsAllowed(context.DnsEndPoint.Host, options.Value), ct),
        ConnectTimeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds),
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        UseCookies = false,
        UseProxy = false,
    })
    {
        Timeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds),
    };

    /// <summary>Why events may not be sent there, as far as the address itself says.</summary>
    public string? Objection(Uri url) => IPAddress.TryParse(url.DnsSafeHost, out var address) && !PublicAddress.Is(address) && !IsAllowed(url.DnsSafeHost, options.Value) ? Forbidden : null;

    /// <summary>Posts an event once.</summary>
    public async Task<Delivery> SendAsync(Uri url, string? token, OpenLineageRunEvent e, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = JsonContent.Create(e, options: MeshJson.Tolerant) };
        try
        {
            if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            // What the receiver says beyond its status is for nobody.
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (response.IsSuccessStatusCode) return new(null);
            return new($"The receiver answered {(int)response.StatusCode}.", response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new($"The receiver did not answer within {options.Value.TimeoutSeconds} s.");
        }
        catch (HttpRequestException fault)
        {
            return new(fault.InnerException is AddressRefusedException ? Forbidden : $"The receiver cannot be reached ({fault.HttpRequestError}).");
        }
        catch (FormatException)
        {
            return new("The secret is no token: it holds characters that a header cannot.");
        }
    }

    public void Dispose() => _client.Dispose();

    private static bool IsAllowed(string host, OpenLineageOptions options) => options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
