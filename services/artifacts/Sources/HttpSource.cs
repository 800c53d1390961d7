using System.Net;
using System.Net.Http.Headers;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Network;
using Microsoft.Extensions.Options;

namespace Mesh.Artifacts.Sources;

/// <summary>
/// Files of web servers. Whoever may log versions could make this service ask addresses that only it can reach, so it connects to public addresses alone unless
/// the operator allows the host. What counts is the address that is connected to: a name may mean another one by then. Each redirect is looked at like the first address.
/// </summary>
internal sealed class HttpSource : ISourceKind, IDisposable
{
    private const int MostRedirects = 5;

    private static readonly TimeSpan ToConnect = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http;
    private readonly HashSet<string> _hosts;
    private readonly TimeSpan _patience;

    public HttpSource(IOptions<ArtifactsOptions> options)
    {
        _hosts = new(options.Value.SourceHosts, StringComparer.OrdinalIgnoreCase);
        _patience = TimeSpan.FromSeconds(options.Value.SourceSeconds);
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // A proxy would be connected to instead of what is to be looked at.
            UseProxy = false,
            ConnectTimeout = ToConnect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 64,
            ConnectCallback = (context, ct) => GuardedConnection.OpenAsync(context.DnsEndPoint, IsAllowed(context.DnsEndPoint.Host, context.DnsEndPoint.Port), ct),
        });
    }

    public IReadOnlyList<string> Schemes { get; } = ["https", "http"];

    public Rejection? Check(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? Check(uri) : SourceRefusals.Malformed("The source is no address.");

    public async Task<SourceBody> OpenAsync(string address, long from, CancellationToken ct)
    {
        var uri = new Uri(address);
        for (var redirects = 0; ; redirects++)
        {
            if (Check(uri) is { } refusal) throw new RejectedException(refusal);
            var response = await SendAsync(uri, from, ct);
            try
            {
                if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
                {
                    var body = await ReadAsync(uri, response, from, ct);
                    response = null;
                    return body;
                }

                if (redirects == MostRedirects) throw Away($"it redirects more than {MostRedirects} times.");
                uri = response.Headers.Location is { } next ? new Uri(uri, next) : throw Away("it redirects nowhere.");
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private Rejection? Check(Uri uri)
    {
        if (uri.Scheme is not ("https" or "http")) return SourceRefusals.NotAllowed($"A web source does not lead to {uri.Scheme}.");
        if (uri.UserInfo.Length > 0) return SourceRefusals.Malformed("The source holds a user name or password, which everybody who sees the version would see.");
        if (uri.Fragment.Length > 0) return SourceRefusals.Malformed("The source holds a fragment (#…), which no server is told.");
        if (uri.Scheme == "http" && !IsAllowed(uri.IdnHost, uri.Port)) return SourceRefusals.NotAllowed($"Without https only hosts are read that the operator allows (Artifacts:SourceHosts), and {uri.Host} is none.");
        return null;
    }

    private bool IsAllowed(string host, int port)
    {
        host = host.Trim('[', ']');
        return _hosts.Contains(host) || _hosts.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{host}:{port}"));
    }

    private async Task<HttpResponseMessage> SendAsync(Uri uri, long from, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = HttpVersion.Version11 };
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        request.Headers.AcceptEncoding.Add(new("identity"));
        request.Headers.UserAgent.Add(new("Mesh", null));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(_patience);
        try
        {
            return await _http.SendAsync(request, patience.Token);
        }
        catch (HttpRequestException e) when (e.InnerException is AddressRefusedException)
        {
            throw new RejectedException(SourceRefusals.NotAllowed($"{uri.Host} is an address of this machine or its network. The operator can allow it (Artifacts:SourceHosts)."));
        }
        catch (HttpRequestException e)
        {
            throw Away($"{uri.Host} does not answer ({e.HttpRequestError}).");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw Away($"{uri.Host} does not answer within {_patience.TotalSeconds:0} seconds.");
        }
    }

    private static async Task<SourceBody> ReadAsync(Uri uri, HttpResponseMessage response, long from, CancellationToken ct)
    {
        if (response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable) throw new RejectedException(SourceRefusals.Changed);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent)) throw Away($"{uri.Host} answers {(int)response.StatusCode}.");
        var content = response.Content.Headers;
        if (content.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new RejectedException(Rejection.Unprocessable("source.encoded", $"{uri.Host} sends it compressed although that was not asked for: what its bytes are cannot be told.", "source"));
        var isPart = response.StatusCode is HttpStatusCode.PartialContent;
        if (isPart && (content.ContentRange is not { Unit: "bytes", From: { } start } || start != from)) throw Away($"{uri.Host} answers with another range than the one that was asked for.");
        if ((isPart ? content.ContentRange!.Length : content.ContentLength) is not { } size)
            throw new RejectedException(Rejection.Unprocessable("source.size-unknown", $"{uri.Host} does not say how many bytes there are. Download it and upload it instead.", "source"));
        // As it was written: not every server writes what a header of that name may hold.
        var etag = response.Headers.NonValidated.TryGetValues("ETag", out var sent) ? sent.ToString() : null;
        var state = new SourceState(size, etag is { Length: > 0 and <= 1000 } ? etag : null, content.LastModified, content.ContentType?.ToString());
        var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!isPart) await SkipAsync(stream, Math.Min(from, size), ct);
        return new SourceBody(state, stream, response);
    }

    // Servers need not know ranges.
    private static async Task SkipAsync(Stream stream, long count, CancellationToken ct)
    {
        var buffer = new byte[Math.Min(count, 81_920)];
        while (count > 0)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), ct);
            if (read == 0) throw new EndOfStreamException("The source ended before its length.");
            count -= read;
        }
    }

    private static RejectedException Away(string why) => new(SourceRefusals.Unreachable(why));
}
