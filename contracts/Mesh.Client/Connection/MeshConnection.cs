using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Client.Connection;

/// <summary>Sends requests, repeats those that may be repeated, and turns refusals into <see cref="MeshException"/>.</summary>
internal sealed class MeshConnection : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _owned;
    private readonly MeshClientOptions _options;
    private volatile bool _answered;

    public MeshConnection(MeshClientOptions options, HttpClient? http)
    {
        _options = options;
        _owned = http is null;
        _http = http ?? new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            AutomaticDecompression = DecompressionMethods.All,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    public MeshClientOptions Options => _options;

    public Task<T> GetAsync<T>(string path, CancellationToken ct) => SendAsync<T>(HttpMethod.Get, path, null, Sending.Idempotent, ct);

    public async Task<T?> FindAsync<T>(string path, CancellationToken ct) where T : class
    {
        try
        {
            return await GetAsync<T>(path, ct);
        }
        catch (MeshException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, Sending sending, CancellationToken ct)
    {
        using var response = await OpenAsync(Request(method, path, body), sending, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(stream, MeshJson.Tolerant, ct) ?? throw Malformed(response, "null", null);
        }
        catch (JsonException e)
        {
            throw Malformed(response, e.Message, e);
        }
    }

    public async Task SendAsync(HttpMethod method, string path, object? body, Sending sending, CancellationToken ct)
    {
        using var response = await OpenAsync(Request(method, path, body), sending, ct);
    }

    /// <summary>All items of a list, page after page.</summary>
    public async IAsyncEnumerable<T> ListAsync<T>(string path, [EnumeratorCancellation] CancellationToken ct = default)
    {
        string? cursor = null;
        do
        {
            var page = await GetAsync<Page<T>>(cursor is null ? path : Query.Add(path, ("cursor", cursor)), ct);
            foreach (var item in page.Items) yield return item;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>
    /// Sends what <paramref name="request"/> makes, anew for each try, and returns the answer once its headers are there.
    /// The caller disposes of it.
    /// </summary>
    /// <remarks>A thing that is not there after a DELETE whose answer was lost has been deleted: that 404 is returned, not thrown.</remarks>
    /// <exception cref="MeshException">The answer is not a success, or no service answered in time.</exception>
    public async Task<HttpResponseMessage> OpenAsync(Func<HttpRequestMessage> request, Sending sending, CancellationToken ct)
    {
        var key = sending.Key ? Guid.CreateVersion7().ToString() : null;
        var begun = _options.Clock.GetUtcNow();
        var perhapsDone = false;
        for (var attempt = 0; ; attempt++)
        {
            using var message = request();
            message.Headers.UserAgent.Add(new ProductInfoHeaderValue("mesh-client", "0.1"));
            if (_options.Token is { } token) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (key is not null) message.Headers.Add("Idempotency-Key", key);

            MeshException failure;
            TimeSpan? wait = null;
            try
            {
                var response = await SendOnceAsync(message, sending, ct);
                var gone = sending.AcceptNotFound || (perhapsDone && message.Method == HttpMethod.Delete);
                _answered |= !IsAway(response.StatusCode);
                if (response.IsSuccessStatusCode || (gone && response.StatusCode == HttpStatusCode.NotFound)) return response;
                using (response)
                {
                    failure = new MeshException(await Problems.ReadAsync(response, ct));
                    wait = response.Headers.RetryAfter?.Delta;
                    if (!MayRepeat(response.StatusCode, sending)) throw failure;
                    perhapsDone |= IsAway(response.StatusCode);
                }
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException)
            {
                failure = new MeshException(Problems.NoAnswer(_options.Api, e), e);
                // A connection that was never made carried nothing over, so any request may be made again.
                var nothingSent = e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
                if (!sending.MayRepeat && !nothingSent) throw failure;
                perhapsDone |= !nothingSent;
            }

            var delay = wait ?? BackOff(attempt);
            var patience = _answered && _options.ReconnectFor > _options.RetryFor ? _options.ReconnectFor : _options.RetryFor;
            if (_options.Clock.GetUtcNow() + delay > begun + patience) throw failure;
            await Task.Delay(delay, _options.Clock, ct);
        }
    }

    public Func<HttpRequestMessage> Request(HttpMethod method, string path, object? body = null)
    {
        var json = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), MeshJson.Strict);
        return () =>
        {
            var message = new HttpRequestMessage(method, Address(path));
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (json is not null) message.Content = new ByteArrayContent(json) { Headers = { ContentType = new("application/json") { CharSet = Encoding.UTF8.WebName } } };
            return message;
        };
    }

    public Uri Address(string path) => new(_options.Api, path);

    public void Dispose()
    {
        if (_owned) _http.Dispose();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage message, Sending sending, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // An upload takes as long as its bytes. A download is limited until it begins.
        if (!sending.Long || message.Method == HttpMethod.Get) limit.CancelAfter(_options.Timeout);
        try
        {
            return await _http.SendAsync(message, sending.Long ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && limit.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {_options.Timeout.TotalSeconds:0} s.");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            // Nobody else has a limit but the handler, for connecting, or the caller's own client, for all.
            var why = e.InnerException?.Message ?? e.Message;
            if (_owned) throw new HttpRequestException(HttpRequestError.ConnectionError, why);
            throw new TimeoutException(why);
        }
    }

    // 429 says that nothing was done; the others leave that open.
    private static bool MayRepeat(HttpStatusCode status, Sending sending) => status == HttpStatusCode.TooManyRequests || (sending.MayRepeat && IsAway(status));

    private static bool IsAway(HttpStatusCode status) => status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static TimeSpan BackOff(int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(2, Math.Min(attempt, 10))) * (0.5 + Random.Shared.NextDouble()));

    private static MeshException Malformed(HttpResponseMessage response, string why, Exception? inner) => new(new Problem
    {
        Type = "urn:mesh:error:answer.malformed",
        Title = "Answer malformed",
        Status = (int)response.StatusCode,
        Code = "answer.malformed",
        Detail = $"The answer to {response.RequestMessage?.RequestUri?.AbsolutePath} could not be read: {why}",
    }, inner);
}
