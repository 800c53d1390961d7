using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>What a request meets instead of the server's answer, or before it.</summary>
/// <param name="Code">The refusal; 0 for none.</param>
/// <param name="CutAfter">Bytes of the answer after which the connection breaks.</param>
internal sealed record Fault(int Code = 0, string Reason = "", string Message = "", int? RetryAfter = null, TimeSpan Delay = default, int? CutAfter = null);

/// <summary>
/// A cluster's API over HTTP: apply, list by pages, watch with bookmarks, delete, logs, for one namespace, with the rights of the Role that the repository
/// gives to Mesh. Behind it pods really run, as processes.
/// </summary>
internal sealed class ClusterServer : IAsyncDisposable
{
    public const string Namespace = "mesh-jobs";
    public const string Token = "of-the-service-account";
    private readonly WebApplication _app;
    private readonly IList<V1PolicyRule> _rules;
    private readonly TrainingOperator _operator;
    private readonly SparkOperator _spark;
    private readonly TrainerController _trainer;

    private ClusterServer(WebApplication app, string address, IList<V1PolicyRule> rules)
    {
        (_app, Address, _rules) = (app, address, rules);
        Runner = new PodRunner(Store);
        _operator = new TrainingOperator(Store, Runner);
        _spark = new SparkOperator(Store, Runner);
        _trainer = new TrainerController(Store, Runner);
    }

    public string Address { get; }

    public ObjectStore Store { get; } = new();

    public PodRunner Runner { get; }

    /// <summary>Decides what a request meets; the verb, and the resource with its name.</summary>
    public Func<string, string, Fault?> Interfere { get; set; } = (_, _) => null;

    /// <summary>Verb and resource of each request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Bodies that were refused by the schema.</summary>
    public ConcurrentQueue<string> Misfits { get; } = new();

    /// <summary>Why applications of Spark cannot be submitted, if they cannot.</summary>
    public string? RefuseSpark
    {
        set => _spark.Refusal = value;
    }

    /// <summary>Custom resources that the cluster does not have.</summary>
    public HashSet<string> Missing { get; } = [];

    /// <summary>Every applied body of a job, as it came.</summary>
    public ConcurrentQueue<string> AppliedJobs { get; } = new();

    /// <param name="certificate">That of the server, over TLS; plain when absent.</param>
    public static async Task<ClusterServer> StartAsync(X509Certificate2? certificate = null)
    {
        var port = ServiceHost.FreePort();
        var address = $"{(certificate is null ? "http" : "https")}://127.0.0.1:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (certificate is null) builder.WebHost.UseUrls(address);
        else builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var rights = KubernetesYaml.LoadAllFromString(await File.ReadAllTextAsync(RepositoryPath.Of("infra/kubernetes/jobs-rbac.yaml")), strict: true);
        var server = new ClusterServer(app, address, [.. rights.OfType<V1Role>().Single().Rules, .. rights.OfType<V1ClusterRole>().Single().Rules]);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Runner.Begin();
        server._operator.Begin();
        server._spark.Begin();
        server._trainer.Begin();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _operator.DisposeAsync();
        await _spark.DisposeAsync();
        await _trainer.DisposeAsync();
        await Runner.DisposeAsync();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            if (http.Request.Headers.Authorization != $"Bearer {Token}") throw new RefusedException(401, "Unauthorized", "Unauthorized");
            var parts = http.Request.Path.Value!.Trim('/').Split('/');
            var group = parts[0] == "api" ? "" : parts[1];
            var at = Array.IndexOf(parts, "namespaces");
            if (at < 0 && parts is ["apis", "trainer.kubeflow.org", "v1alpha1", "clustertrainingruntimes", _])
            {
                Allow("get", group, parts[3]);
                await WriteAsync(http, 200, Store.Find(parts[3], parts[4]) ?? throw new RefusedException(404, "NotFound", $"{parts[3]} \"{parts[4]}\" not found"));
                return;
            }

            if (at < 0 || parts.Length < at + 3) throw new RefusedException(404, "NotFound", "the server could not find the requested resource");
            var (resource, name, below) = (parts[at + 2], parts.ElementAtOrDefault(at + 3), parts.ElementAtOrDefault(at + 4));
            var verb = http.Request.Method switch
            {
                "PATCH" => "patch",
                "DELETE" => "delete",
                "GET" when name is not null => "get",
                "GET" when http.Request.Query["watch"] == "true" => "watch",
                "GET" => "list",
                _ => throw new RefusedException(405, "MethodNotAllowed", "not by this stand-in"),
            };
            var what = below is null ? resource : $"{resource}/{below}";
            Requests.Enqueue($"{verb} {what}");
            if (Interfere(verb, $"{what}/{name}") is { } fault) await MeetAsync(http, fault);
            if (http.Response.HasStarted) return;
            Allow(verb, group, what);
            if (parts[at + 1] != Namespace) throw new RefusedException(404, "NotFound", $"namespaces \"{parts[at + 1]}\" not found");
            if (group == "metrics.k8s.io" || !StrictSchema.Types.ContainsKey(resource) || Missing.Contains(resource)) throw new RefusedException(404, "NotFound", "the server could not find the requested resource");
            await ((verb, below) switch
            {
                ("patch", _) => ApplyAsync(http, resource, name!),
                ("delete", _) => DeleteAsync(http, resource, name!),
                ("get", "log") => LogAsync(http, name!),
                ("get", _) => WriteAsync(http, 200, Store.Find(resource, name!) ?? throw new RefusedException(404, "NotFound", $"{resource} \"{name}\" not found")),
                ("watch", _) => WatchAsync(http, resource),
                _ => ListAsync(http, resource),
            });
        }
        catch (RefusedException e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, e.Code, Status(e));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            http.Abort();
        }
    }

    private void Allow(string verb, string group, string resource)
    {
        // Making by apply needs both.
        string[] verbs = verb == "patch" ? ["patch", "create"] : [verb];
        if (verbs.All(v => _rules.Any(r => r.ApiGroups.Contains(group) && r.Resources.Contains(resource) && r.Verbs.Contains(v)))) return;
        throw new RefusedException(403, "Forbidden", $"{resource} is forbidden: User \"system:serviceaccount:{Namespace}:mesh-functions\" cannot {verb} resource \"{resource}\" in API group \"{group}\" in the namespace \"{Namespace}\"");
    }

    private async Task MeetAsync(HttpContext http, Fault fault)
    {
        if (fault.Delay > TimeSpan.Zero) await Task.Delay(fault.Delay, http.RequestAborted);
        if (fault.RetryAfter is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (fault.Code != 0) throw new RefusedException(fault.Code, fault.Reason, fault.Message);
        if (fault.CutAfter is { } most) http.Items["cut"] = most;
    }

    private async Task ApplyAsync(HttpContext http, string resource, string name)
    {
        if (http.Request.ContentType?.StartsWith("application/apply-patch+yaml", StringComparison.Ordinal) != true) throw new RefusedException(415, "UnsupportedMediaType", "only apply");
        var query = http.Request.Query;
        if (query["fieldValidation"] != "Strict" || query["fieldManager"] is not [{ Length: > 0 } manager]) throw new RefusedException(400, "BadRequest", "this stand-in wants fieldValidation=Strict and a fieldManager");
        var text = await new StreamReader(http.Request.Body).ReadToEndAsync();
        var body = JsonNode.Parse(text)!.AsObject();
        if (body["metadata"]?["name"]?.GetValue<string>() != name) throw new RefusedException(400, "BadRequest", "the name of the object does not match the name on the URL");
        if (StrictSchema.Faults(resource, body) is { Count: > 0 } faults)
        {
            Misfits.Enqueue(string.Join("; ", faults));
            throw new RefusedException(faults.Any(f => f.StartsWith("unknown", StringComparison.Ordinal)) ? 400 : 422, "Invalid", string.Join(", ", faults));
        }

        if (resource == "trainjobs" && TrainerController.Refuse(Store, body) is { } why) throw new RefusedException(422, "Invalid", why);
        if (resource != "secrets") AppliedJobs.Enqueue(text);
        await WriteAsync(http, 200, Store.Apply(resource, name, body, manager!, query["force"] == "true"));
    }

    private async Task DeleteAsync(HttpContext http, string resource, string name)
    {
        var text = await new StreamReader(http.Request.Body).ReadToEndAsync();
        var options = text.Length == 0 ? new V1DeleteOptions() : KubernetesJson.Deserialize<V1DeleteOptions>(text);
        Store.Delete(resource, name, options.PropagationPolicy ?? "Background", (int?)options.GracePeriodSeconds, options.Preconditions?.Uid);
        await WriteAsync(http, 200, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" });
    }

    private Task ListAsync(HttpContext http, string resource)
    {
        var (version, all) = (Store.Version, Store.List(resource).Where(o => Matches(http, o)).ToList());
        var from = http.Request.Query["continue"] is [{ Length: > 0 } token] ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        var most = http.Request.Query["limit"] is [{ Length: > 0 } limit] ? int.Parse(limit, CultureInfo.InvariantCulture) : int.MaxValue;
        var page = all.Skip(from).Take(most).ToArray();
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (from + page.Length < all.Count) metadata["continue"] = (from + page.Length).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(http, 200, new JsonObject { ["kind"] = "List", ["apiVersion"] = "v1", ["metadata"] = metadata, ["items"] = new JsonArray([.. page]) });
    }

    private async Task WatchAsync(HttpContext http, string resource)
    {
        var version = long.Parse(http.Request.Query["resourceVersion"]!, CultureInfo.InvariantCulture);
        var (changes, next) = Store.Since(resource, version);
        http.Response.ContentType = "application/json";
        var until = DateTime.UtcNow.AddSeconds(int.Parse(http.Request.Query["timeoutSeconds"]!, CultureInfo.InvariantCulture));
        while (DateTime.UtcNow < until)
        {
            foreach (var (type, one) in changes.Where(c => Matches(http, c.Object))) await SendAsync(http, Encoding.UTF8.GetBytes(new JsonObject { ["type"] = type, ["object"] = one }.ToJsonString() + "\n"));
            var changed = Store.Changed;
            if (Store.Version == next && await Task.WhenAny(changed, Task.Delay(500, http.RequestAborted)) != changed)
            {
                var metadata = new JsonObject { ["resourceVersion"] = next.ToString(CultureInfo.InvariantCulture) };
                await SendAsync(http, Encoding.UTF8.GetBytes(new JsonObject { ["type"] = "BOOKMARK", ["object"] = new JsonObject { ["metadata"] = metadata } }.ToJsonString() + "\n"));
            }
            http.RequestAborted.ThrowIfCancellationRequested();
            try
            {
                (changes, next) = Store.Since(resource, next);
            }
            catch (RefusedException e)
            {
                await SendAsync(http, Encoding.UTF8.GetBytes(new JsonObject { ["type"] = "ERROR", ["object"] = Status(e) }.ToJsonString() + "\n"));
                return;
            }
        }
    }

    private async Task LogAsync(HttpContext http, string pod)
    {
        var query = http.Request.Query;
        if (Store.Find("pods", pod) is null) throw new RefusedException(404, "NotFound", $"pods \"{pod}\" not found");
        if (Runner.LogOf(pod, query["container"]!) is not { } log) throw new RefusedException(400, "BadRequest", $"container \"{query["container"]}\" in pod \"{pod}\" is waiting to start: PodInitializing");
        if (query["timestamps"] != "true") throw new RefusedException(400, "BadRequest", "this stand-in gives lines with their times");
        var since = query["sinceTime"] is [{ Length: > 0 } time] ? DateTime.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal) : (DateTime?)null;
        http.Response.ContentType = "text/plain";
        await http.Response.StartAsync();
        await log.SendAsync(bytes => SendAsync(http, bytes), since, query["follow"] == "true", http.RequestAborted);
    }

    private static async Task SendAsync(HttpContext http, byte[] bytes)
    {
        if (http.Items["cut"] is int left)
        {
            http.Items["cut"] = left - bytes.Length;
            if (left < bytes.Length)
            {
                await http.Response.Body.WriteAsync(bytes.AsMemory(0, left));
                await http.Response.Body.FlushAsync();
                throw new ConnectionAbortedException();
            }
        }

        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static bool Matches(HttpContext http, JsonObject one)
    {
        var labels = http.Request.Query["labelSelector"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2));
        if (!labels.All(p => one["metadata"]!["labels"]?[p[0]]?.GetValue<string>() == p[1])) return false;
        var fields = http.Request.Query["fieldSelector"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2));
        return fields.All(p => p[0].Split('.').Aggregate((JsonNode?)one, (node, part) => node?[part])?.GetValue<string>() == p[1]);
    }

    private static JsonObject Status(RefusedException e) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = e.Message,
        ["reason"] = e.Reason,
        ["code"] = e.Code,
    };

    private static Task WriteAsync(HttpContext http, int code, JsonObject body)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString(new JsonSerializerOptions()));
    }

    private sealed class ConnectionAbortedException : Exception;
}
