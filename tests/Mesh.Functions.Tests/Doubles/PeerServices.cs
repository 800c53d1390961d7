using System.Collections.Concurrent;
using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Functions.Tests.Doubles;

/// <summary>
/// Tracking and projects as the functions service meets them: they keep runs, logs and secrets by the rules of the real ones, and can be switched
/// off for a while.
/// </summary>
public sealed class PeerServices : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Run> _runs = new();

    private PeerServices(WebApplication app, string address) => (_app, Address) = (app, address);

    public string Address { get; }

    /// <summary>While true every call is answered 503.</summary>
    public bool Away { get; set; }

    /// <summary>Secrets of every project.</summary>
    public ConcurrentDictionary<string, string> Secrets { get; } = new();

    /// <summary>What starts of runs are answered with, when not taken.</summary>
    public Func<StartRun, Problem?> RefuseStart { get; set; } = _ => null;

    public static async Task<PeerServices> StartAsync()
    {
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => MeshJson.Configure(json.SerializerOptions, System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow));
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var peers = new PeerServices(app, address);
        app.Use((HttpContext context, RequestDelegate next) => peers.Away ? AnswerAsync(context, 503, "service.unreachable") : next(context));
        app.MapPost("/api/v1/projects/{project}/runs", (CreateRun run) => peers._runs.TryAdd(run.Id!.Value.ToString(), new Run()) ? Results.Created() : Results.Ok());
        app.MapPost("/api/v1/projects/{project}/runs/{run}/start", peers.StartRun);
        app.MapPost("/api/v1/projects/{project}/runs/{run}/logs", peers.AppendAsync);
        app.MapGet("/api/v1/projects/{project}/runs/{run}/logs", (string run) => peers._runs.TryGetValue(run, out var found)
            ? Results.Ok(new LogChunk(found.Length, found.Length, "", false))
            : Refuse(404, "run.unknown"));
        app.MapGet("/api/v1/projects/{project}/secrets", () => new Page<SecretInfo>([.. peers.Secrets.Keys.Select(k => new SecretInfo(k, DateTimeOffset.UnixEpoch, "ada"))]));
        app.MapPost("/internal/projects/{project}/secrets/reveal", (RevealSecrets body) => body.Names.All(peers.Secrets.ContainsKey)
            ? Results.Ok(new RevealedSecrets(body.Names.ToDictionary(n => n, n => peers.Secrets[n])))
            : Refuse(422, "secret.unknown"));
        await app.StartAsync();
        return peers;
    }

    /// <summary>What a run's log holds.</summary>
    public string LogOf(Guid run) => _runs.TryGetValue(run.ToString(), out var found) ? found.Text : "";

    /// <summary>The attempts that took a run, in order.</summary>
    public IReadOnlyList<int> AttemptsOf(Guid run) => _runs.TryGetValue(run.ToString(), out var found) ? [.. found.Attempts] : [];

    /// <summary>Text that the job itself puts into its log.</summary>
    public void Interleave(Guid run, string text) => _runs[run.ToString()].Append(text);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private IResult StartRun(string run, StartRun body)
    {
        if (!_runs.TryGetValue(run, out var found)) return Refuse(404, "run.unknown");
        if (RefuseStart(body) is { } problem) return Refuse(problem.Status, problem.Code);
        if (body.Attempt < found.Attempts.LastOrDefault()) return Refuse(409, "run.lease-lost");
        if (body.Attempt > found.Attempts.LastOrDefault()) found.Attempts.Enqueue(body.Attempt);
        return Results.Ok();
    }

    private async Task<IResult> AppendAsync(string run, HttpContext context)
    {
        if (!_runs.TryGetValue(run, out var found)) return Refuse(404, "run.unknown");
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync();
        var attempt = int.Parse(context.Request.Headers["Mesh-Attempt"]!, CultureInfo.InvariantCulture);
        if (attempt != found.Attempts.LastOrDefault()) return Refuse(409, "run.lease-lost");
        return found.Take(int.Parse(context.Request.Headers["Mesh-Log-Offset"]!, CultureInfo.InvariantCulture), text) is { } code ? Refuse(409, code) : Results.Ok();
    }

    private static IResult Refuse(int status, string code) => Results.Json(
        new Problem { Type = $"urn:mesh:error:{code}", Title = "Refused", Status = status, Code = code, Detail = code }, contentType: "application/problem+json", statusCode: status);

    private static Task AnswerAsync(HttpContext context, int status, string code) => Refuse(status, code).ExecuteAsync(context);

    private sealed class Run
    {
        private readonly Lock _gate = new();
        private byte[] _log = [];

        public ConcurrentQueue<int> Attempts { get; } = new();

        public string Text
        {
            get
            {
                lock (_gate) return System.Text.Encoding.UTF8.GetString(_log);
            }
        }

        public long Length
        {
            get
            {
                lock (_gate) return _log.Length;
            }
        }

        public void Append(string text)
        {
            lock (_gate) _log = [.. _log, .. System.Text.Encoding.UTF8.GetBytes(text)];
        }

        public string? Take(int offset, string text)
        {
            lock (_gate)
            {
                var bytes = System.Text.Encoding.UTF8.GetBytes(text);
                if (offset > _log.Length) return "log.gap";
                var known = Math.Min(_log.Length - offset, bytes.Length);
                if (!_log.AsSpan(offset, known).SequenceEqual(bytes.AsSpan(0, known))) return "log.offset-taken";
                _log = [.. _log, .. bytes[known..]];
                return null;
            }
        }
    }
}
