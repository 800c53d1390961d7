using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// The few calls of a cluster's API that jobs need, alike for every kind of object: apply, read, list, watch, delete, logs. Connection, certificates and
/// credentials are the Kubernetes client's. What may be asked again is asked again by the caller.
/// </summary>
internal sealed class ClusterApi(k8s.Kubernetes client) : IDisposable
{
    /// <summary>Name under which fields of objects are owned.</summary>
    public const string FieldManager = "mesh";

    private const int PageSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Makes an object as it is given, or changes it to that. Unknown fields are refused.</summary>
    /// <param name="path">Path of the object.</param>
    /// <param name="body">The object, with its kind.</param>
    /// <param name="force">Whether fields are taken that somebody else owns.</param>
    /// <exception cref="ClusterException">It was refused; 409 when somebody else owns a field.</exception>
    public async Task<T> ApplyAsync<T>(string path, T body, bool force, CancellationToken ct)
    {
        var content = new StringContent(KubernetesJson.Serialize(body), Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml");
        return await ReadAsync<T>(HttpMethod.Patch, $"{path}?fieldManager={FieldManager}&fieldValidation=Strict&force={(force ? "true" : "false")}", content, ct);
    }

    /// <summary>An object; null when there is none.</summary>
    public async Task<T?> FindAsync<T>(string path, CancellationToken ct) where T : class
    {
        try
        {
            return await ReadAsync<T>(HttpMethod.Get, path, null, ct);
        }
        catch (ClusterException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>All objects that a selector matches, and the version of the list.</summary>
    public async Task<(IReadOnlyList<T> Items, string Version)> ListAsync<T>(string path, string query, CancellationToken ct)
    {
        var items = new List<T>();
        string? next = null;
        while (true)
        {
            var page = await ReadAsync<Page<T>>(HttpMethod.Get, $"{path}?{query}&limit={PageSize}{(next is null ? "" : $"&continue={Uri.EscapeDataString(next)}")}", null, ct);
            items.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
            if (string.IsNullOrEmpty(next)) return (items, page.Metadata.ResourceVersion);
        }
    }

    /// <summary>What happens to the objects that a selector matches, from a version on, until the server ends the answer.</summary>
    /// <exception cref="ClusterException">The version is gone (<see cref="ClusterException.IsExpired"/>), or the connection broke.</exception>
    public async IAsyncEnumerable<Change<T>> WatchAsync<T>(string path, string query, string version, TimeSpan most, [EnumeratorCancellation] CancellationToken ct)
    {
        using var answer = await SendAsync(
            HttpMethod.Get, $"{path}?{query}&watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={(int)most.TotalSeconds}", null, ct);
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        using var reader = new StreamReader(stream);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(ct);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new ClusterException(0, null, e.Message, null, e);
            }

            if (line is null) yield break;
            if (line.Length > 0) yield return ReadChange<T>(line);
        }
    }

    /// <summary>Deletes an object, if it is still the one of this uid.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> DeleteAsync(string path, string propagation, int? graceSeconds, string? uid, CancellationToken ct)
    {
        var options = new V1DeleteOptions
        {
            ApiVersion = "v1",
            Kind = "DeleteOptions",
            PropagationPolicy = propagation,
            GracePeriodSeconds = graceSeconds,
            Preconditions = uid is null ? null : new V1Preconditions { Uid = uid },
        };
        try
        {
            using var answer = await SendAsync(HttpMethod.Delete, path, new StringContent(KubernetesJson.Serialize(options), Encoding.UTF8, "application/json"), ct);
            return true;
        }
        catch (ClusterException e) when (e.Status == HttpStatusCode.NotFound || (e.Status == HttpStatusCode.Conflict && uid is not null))
        {
            return false;
        }
    }

    /// <summary>An answer as it comes, such as a log. The caller disposes it.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    public void Dispose() => client.Dispose();

    private static Change<T> ReadChange<T>(string line)
    {
        using var json = JsonDocument.Parse(line);
        var type = json.RootElement.GetProperty("type").GetString()!;
        var body = json.RootElement.GetProperty("object");
        if (type == "ERROR")
        {
            var status = KubernetesJson.Deserialize<V1Status>(body);
            throw new ClusterException((HttpStatusCode)(status.Code ?? 500), status.Reason, status.Message ?? "The watch ended with an error.");
        }

        return type == "BOOKMARK"
            ? new Change<T>(default, false, body.GetProperty("metadata").GetProperty("resourceVersion").GetString()!)
            : new Change<T>(KubernetesJson.Deserialize<T>(body), type == "DELETED", body.GetProperty("metadata").GetProperty("resourceVersion").GetString()!);
    }

    private async Task<T> ReadAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        try
        {
            using var answer = await SendAsync(method, path, content, limited.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(limited.Token);
            return KubernetesJson.Deserialize<T>(stream);
        }
        catch (Exception e) when (e is JsonException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new ClusterException(0, null, e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds} s" : e.Message, null, e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(client.BaseUri, path)) { Content = content };
        HttpResponseMessage answer;
        try
        {
            if (client.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, ct);
            answer = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            // What a handshake stumbled over stands below.
            throw new ClusterException(0, null, e.InnerException is AuthenticationException fault ? fault.Message : e.Message, null, e);
        }

        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw await RefusalAsync(answer, ct);
    }

    private static async Task<ClusterException> RefusalAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        V1Status? status = null;
        try
        {
            status = KubernetesJson.Deserialize<V1Status>(await answer.Content.ReadAsStringAsync(ct));
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            // What stands before the server answers in words of its own.
        }

        return new ClusterException(
            answer.StatusCode, status?.Reason, status?.Message is { Length: > 0 } said ? said : $"{(int)answer.StatusCode} {answer.ReasonPhrase}", answer.Headers.RetryAfter?.Delta);
    }

    private sealed class Page<T>
    {
        public V1ListMeta Metadata { get; set; } = new();

        public IList<T> Items { get; set; } = [];
    }
}

/// <summary>Something that happened to an object.</summary>
/// <param name="Object">The object; null for a word of the server that it has come to a version.</param>
/// <param name="Version">Where a watch goes on.</param>
internal sealed record Change<T>(T? Object, bool IsDeleted, string Version);
