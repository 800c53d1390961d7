using System.Collections.Concurrent;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Serving;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>The services that monitoring calls, as far as it calls them: a registry, a job queue that honours idempotency keys, endpoints.</summary>
public sealed class Peers : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _submissions;

    private Peers(WebApplication app, string address) => (_app, Address) = (app, address);

    public string Address { get; }

    /// <summary>Model versions by <c>{project}/{model}/{version}</c>.</summary>
    public ConcurrentDictionary<string, ModelVersion> Models { get; } = new();

    /// <summary>Model of each endpoint by <c>{project}/{endpoint}</c>.</summary>
    public ConcurrentDictionary<string, string> Endpoints { get; } = new();

    /// <summary>Jobs by idempotency key.</summary>
    public ConcurrentDictionary<string, (Guid Id, SubmitJob Body)> Jobs { get; } = new();

    /// <summary>Number of POSTs, repeats included.</summary>
    public int Submissions => _submissions;

    /// <summary>Status that the job queue answers instead, 0 for none.</summary>
    public int JobsFailWith { get; set; }

    /// <summary>Status that the registry answers instead, 0 for none.</summary>
    public int ModelsFailWith { get; set; }

    public static async Task<Peers> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => MeshJson.Configure(json.SerializerOptions, System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow));
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var peers = new Peers(app, address);
        app.MapGet("/api/v1/projects/{project}/models/{model}/versions/{version:int}", (string project, string model, int version) =>
            peers.ModelsFailWith > 0 ? Refusal(peers.ModelsFailWith, "store.unavailable")
            : peers.Models.TryGetValue($"{project}/{model}/{version}", out var found) ? Results.Ok(found) : Refusal(404, "model.version-unknown"));
        app.MapGet("/api/v1/projects/{project}/endpoints/{endpoint}", (string project, string endpoint) =>
            peers.Endpoints.TryGetValue($"{project}/{endpoint}", out var model)
                ? Results.Ok(new EndpointInfo(endpoint, model, "champion", EndpointStatus.Ready, 1, null, true, 0, 0, "ada", default, default, 1))
                : Refusal(404, "endpoint.unknown"));
        app.MapPost("/api/v1/projects/{project}/jobs", (string project, SubmitJob body, HttpRequest request) => peers.Submit(body, request));
        await app.StartAsync();
        return peers;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IResult Submit(SubmitJob body, HttpRequest request)
    {
        Interlocked.Increment(ref _submissions);
        if (JobsFailWith > 0) return Refusal(JobsFailWith, "job.refused");
        var (id, _) = Jobs.GetOrAdd(request.Headers["Idempotency-Key"].ToString(), _ => (Guid.CreateVersion7(), body));
        return Results.Ok(new JobInfo(
            id, "job", "default", null, null, body.Item, [], new Dictionary<string, string>(), JobStatus.Queued, null, 1, 60, [], null, "service:monitoring", default, null, 1));
    }

    private static IResult Refusal(int status, string code) => Results.Json(
        new Problem { Type = $"urn:mesh:error:{code}", Title = "No", Status = status, Code = code, Detail = $"Refused with {code}." },
        MeshJson.Strict, "application/problem+json", status);
}
