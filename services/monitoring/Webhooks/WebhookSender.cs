using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Mesh.Hosting.Network;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Webhooks;

/// <summary>How a receiver took an event.</summary>
/// <param name="Cause">What went wrong, in words for whoever named the receiver; null where nothing did.</param>
internal readonly record struct DeliveryOutcome(int? StatusCode, double? LatencyMs, string? Cause);

/// <summary>Posts events to receivers: signed, to public addresses, without following redirections or caring what is answered beyond the status.</summary>
internal sealed class WebhookSender : IDisposable
{
    private const string Forbidden = "The address of the host is a private one, and the operator has not allowed it.";

    private readonly WebhookOptions _options;
    private readonly WebhookSecrets _secrets;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client;

    public WebhookSender(IOptions<WebhookOptions> options, WebhookSecrets secrets, TimeProvider clock)
    {
        (_options, _secrets, _clock) = (options.Value, secrets, clock);
        var timeout = TimeSpan.FromSeconds(_options.TimeoutSeconds);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = (context, ct) => GuardedConnection.OpenAsync(context.DnsEndPoint, address => MayReach(context.DnsEndPoint.Host, address), ct),
            ConnectTimeout = timeout,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            UseCookies = false,
            // A proxy would be connected to instead of what is to be looked at.
            UseProxy = false,
        })
        {
            Timeout = timeout,
        };
    }

    /// <summary>Why events may not be sent there, as far as the address itself says.</summary>
    public string? Objection(Uri url)
    {
        var literal = IPAddress.TryParse(url.DnsSafeHost, out var address);
        var isNear = IsAllowed(url.DnsSafeHost) || (_options.AllowLoopback && (literal ? IPAddress.IsLoopback(address!) : url.IsLoopback));
        if (url.Scheme != Uri.UriSchemeHttps && !isNear) return "The address must be an https one: plain http is for hosts that the operator has allowed.";
        return (literal && !MayReach(url.DnsSafeHost, address!)) || (url.IsLoopback && !isNear) ? Forbidden : null;
    }

    /// <summary>Makes an attempt.</summary>
    public async Task<DeliveryOutcome> SendAsync(ClaimedDelivery delivery, CancellationToken ct)
    {
        if (delivery.Body is not { } body) return new(null, null, "The journal does not hold the event any more.");
        // A secret that replaces another one is the one that counts.
        var secrets = delivery.Secrets.Select(secret => _secrets.Open(delivery.Key.Project, delivery.Key.Webhook, secret)).ToList();
        if (secrets[0] is null) return new(null, null, "The secret does not open with the key of this platform: rotate it.");
        var url = new Uri(delivery.Url);
        if (Objection(url) is { } objection) return new(null, null, objection);

        var (id, timestamp) = (delivery.EventId.ToString(), _clock.GetUtcNow().ToUnixTimeSeconds());
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Mesh-Webhooks", "1"));
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(secrets.OfType<string>(), id, timestamp, body));
        var began = _clock.GetTimestamp();
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var status = (int)response.StatusCode;
            return new(status, _clock.GetElapsedTime(began).TotalMilliseconds, response.IsSuccessStatusCode ? null
                : status is >= 300 and < 400 ? $"The receiver answered {status}: redirections are not followed."
                : $"The receiver answered {status}.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(null, _clock.GetElapsedTime(began).TotalMilliseconds, string.Create(CultureInfo.InvariantCulture, $"The receiver did not answer within {_options.TimeoutSeconds} s."));
        }
        catch (HttpRequestException fault)
        {
            return new(null, null, fault.InnerException is AddressRefusedException ? Forbidden : $"The receiver cannot be reached ({fault.HttpRequestError}).");
        }
    }

    public void Dispose() => _client.Dispose();

    private bool MayReach(string host, IPAddress address) =>
        PublicAddress.Is(address) || IsAllowed(host) || (_options.AllowLoopback && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    private bool IsAllowed(string host) => _options.AllowedHosts.Contains(host.Trim('[', ']'), StringComparer.OrdinalIgnoreCase);
}
