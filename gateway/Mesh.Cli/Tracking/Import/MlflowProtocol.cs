using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>A server of the MLflow protocol refused a call.</summary>
internal sealed class MlflowException(HttpStatusCode status, string code, string message) : Exception(message)
{
    public HttpStatusCode Status => status;

    /// <summary>Its error code, such as <c>RESOURCE_DOES_NOT_EXIST</c>.</summary>
    public string Code => code;

    /// <summary>Whether the same call may go well later.</summary>
    public bool IsOutage => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>Whether it says that the caller may not: nothing else will go well either.</summary>
    public bool IsAccess => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}

/// <summary>Calls of the MLflow REST protocol (2.x). Calls are made again when the server is away; what is asked here is harmless when repeated.</summary>
internal sealed class MlflowProtocol : IDisposable
{
    /// <summary>As deep as values of spans are within each other.</summary>
    internal static readonly JsonDocumentOptions Deep = new() { MaxDepth = 300 };

    private const int Tries = 5;

    // A long history or a large page takes a while to begin.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http;
    private readonly bool _owned;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly string _base;

    /// <summary>Calls of one server.</summary>
    /// <param name="server">Its address, without <c>/api/2.0</c>; may carry a user and a password, as <c>http://user:password@host</c>.</param>
    /// <param name="token">Bearer token, if it asks for one.</param>
    /// <param name="http">Stays the caller's when given.</param>
    public MlflowProtocol(Uri server, string? token, HttpClient? http = null)
    {
        // What is shown and asked holds no password.
        Server = new UriBuilder(server) { UserName = "", Password = "", Query = "", Fragment = "" }.Uri;
        _base = Server.AbsoluteUri.TrimEnd('/');
        var user = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(server.UserInfo)));
        _authorization = token is not null ? new AuthenticationHeaderValue("Bearer", token) : user.Length > 0 ? new AuthenticationHeaderValue("Basic", user) : null;
        _owned = http is null;
        _http = http ?? new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Its address.</summary>
    public Uri Server { get; }

    public Task<JsonElement> GetAsync(string call, CancellationToken ct, params IReadOnlyList<(string Name, string? Value)> query) =>
        CallAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{_base}/api/2.0/mlflow/{call}{Query(query)}"), ct);

    public Task<JsonElement> PostAsync(string call, JsonObject body, CancellationToken ct) =>
        CallAsync(() => new HttpRequestMessage(HttpMethod.Post, $"{_base}/api/2.0/mlflow/{call}") { Content = JsonContent.Create(body) }, ct);

    public Task<JsonElement> PatchAsync(string call, JsonObject body, CancellationToken ct) =>
        CallAsync(() => new HttpRequestMessage(HttpMethod.Patch, $"{_base}/api/2.0/mlflow/{call}") { Content = JsonContent.Create(body) }, ct);

    /// <summary>A call of 3.x, where traces are.</summary>
    public Task<JsonElement> TracesAsync(HttpMethod method, string call, JsonObject? body, CancellationToken ct) => CallAsync(
        () => new HttpRequestMessage(method, $"{_base}/api/3.0/mlflow/{call}") { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") }, ct);

    /// <summary>Sends spans as an exporter of OpenTelemetry does.</summary>
    public Task ExportAsync(string experiment, JsonObject spans, CancellationToken ct) => CallAsync(
        () => new HttpRequestMessage(HttpMethod.Post, $"{_base}/v1/traces")
        {
            Content = new StringContent(spans.ToJsonString(), Encoding.UTF8, "application/json"),
            Headers = { { "x-mlflow-experiment-id", experiment } },
        },
        ct);

    /// <summary>The files that the server keeps itself in a folder, and in those below it.</summary>
    public async IAsyncEnumerable<SourceFile> ListFilesAsync(string root, [EnumeratorCancellation] CancellationToken ct)
    {
        var folders = new Queue<string>([""]);
        while (folders.TryDequeue(out var folder))
        {
            var path = folder.Length == 0 ? root : $"{root}/{folder}";
            var page = await CallAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{_base}/api/2.0/mlflow-artifacts/artifacts{Query([("path", path)])}"), ct);
            foreach (var item in page.Items("files"))
            {
                // Paths are relative to the folder that was asked for.
                var below = folder.Length == 0 ? item.Text("path")! : $"{folder}/{item.Text("path")}";
                if (item.Part("is_dir").ValueKind == JsonValueKind.True) folders.Enqueue(below);
                else yield return new SourceFile(below, item.Integer("file_size") ?? 0);
            }
        }
    }

    /// <summary>Downloads a file that the server keeps itself.</summary>
    /// <param name="path">Below the server's root of files.</param>
    public Task<Stream> DownloadAsync(string path, CancellationToken ct) => OpenAsync($"{_base}/api/2.0/mlflow-artifacts/artifacts/{Escape(path)}", ct);

    /// <summary>Downloads a file of a run that the server reads from elsewhere.</summary>
    public Task<Stream> DownloadAsync(string run, string path, CancellationToken ct) =>
        OpenAsync($"{_base}/get-artifact{Query([("run_id", run), ("path", path)])}", ct);

    /// <summary>Writes a file. It is not sent again when it breaks off: its bytes come from elsewhere and are gone.</summary>
    public async Task UploadAsync(string path, Stream content, long size, CancellationToken ct)
    {
        var address = $"{_base}/api/2.0/mlflow-artifacts/artifacts/{Escape(path)}";
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(content, 81_920) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentLength = size;
        using var response = await SendAsync(request, ct);
    }

    public void Dispose()
    {
        if (_owned) _http.Dispose();
    }

    private async Task<Stream> OpenAsync(string address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var response = await SendAsync(request, ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }

    /// <summary>Does something that may be repeated until it goes well, while what is asked is away: five times, with growing pauses.</summary>
    public static async Task<T> InsistAsync<T>(Func<Task<T>> step, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await step();
            }
            catch (Exception e) when (attempt < Tries && e is HttpRequestException or IOException or MlflowException { IsOutage: true })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), ct);
            }
        }
    }

    private Task<JsonElement> CallAsync(Func<HttpRequestMessage> request, CancellationToken ct) => InsistAsync(async () =>
    {
        using var message = request();
        using var response = await SendAsync(message, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        try
        {
            using var json = await JsonDocument.ParseAsync(body, Deep, ct);
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FormatException($"{Server} answers no JSON; is it an MLflow server? {e.Message}", e);
        }
    }, ct);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        request.Headers.Authorization = _authorization;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // An upload takes as long as its bytes.
        if (request.Method != HttpMethod.Put) limit.CancelAfter(Patience);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new IOException($"{Server} did not answer within {Patience.TotalSeconds:0} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{Server} does not answer: {e.Message}", e);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response) throw await RefusalAsync(response, ct);
    }

    private static async Task<MlflowException> RefusalAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var text = await response.Content.ReadAsStringAsync(ct);
        try
        {
            if (JsonNode.Parse(text) is JsonObject error)
            {
                return new MlflowException(
                    response.StatusCode, error["error_code"]?.GetValue<string>() ?? error["code"]?.GetValue<string>() ?? "",
                    error["message"]?.GetValue<string>() ?? error["detail"]?.GetValue<string>() ?? text);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A proxy or an old server answers with a page.
        }

        var told = string.Create(CultureInfo.InvariantCulture, $"{response.RequestMessage?.RequestUri} answered with status {(int)response.StatusCode}.");
        return new MlflowException(response.StatusCode, "", told);
    }

    private static string Query(IEnumerable<(string Name, string? Value)> values)
    {
        var given = values.Where(value => value.Value is not null).Select(value => $"{value.Name}={Uri.EscapeDataString(value.Value!)}").ToList();
        return given.Count == 0 ? "" : $"?{string.Join('&', given)}";
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
