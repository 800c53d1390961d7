using System.Collections.Concurrent;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Serving.Tests;

/// <summary>A real HTTP server in the place of monitoring: takes predictions as monitoring does, or refuses them as it might.</summary>
public sealed class RecordingMonitoring : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<Guid, (string Project, PredictionBatch Batch)> _batches = new();

    public RecordingMonitoring()
    {
        Address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add(Address);
        _app.MapPost("/internal/projects/{project}/predictions", async (string project, HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var batch = PredictionBatch.Read(body.ToArray());
            Requests++;
            if (Answer == 200 || LosesAnswers) _batches.TryAdd(batch.BatchId, (project, batch));
            context.Response.StatusCode = LosesAnswers ? 503 : Answer;
        });
        _app.MapPost("/internal/projects/{project}/traffic", async (string project, HttpContext context) =>
        {
            var report = (await context.Request.ReadFromJsonAsync<TrafficReport>(MeshJson.Strict))!;
            if (Answer == 200) Traffic.Enqueue((project, report));
            context.Response.StatusCode = Answer == 200 ? 204 : Answer;
        });
    }

    public string Address { get; }

    /// <summary>Reports of traffic that came, with their project.</summary>
    public ConcurrentQueue<(string Project, TrafficReport Report)> Traffic { get; } = new();

    /// <summary>Status that it answers.</summary>
    public int Answer { get; set; } = 200;

    /// <summary>Takes the batch and still answers 503, as when an answer is lost on its way.</summary>
    public bool LosesAnswers { get; set; }

    public int Requests { get; private set; }

    public IReadOnlyList<PredictionBatch> Batches => [.. _batches.Values.Select(pair => pair.Batch)];

    public IReadOnlyList<Prediction> Of(string endpoint) =>
        [.. _batches.Values.Where(pair => pair.Batch.Endpoint == endpoint).SelectMany(pair => pair.Batch.Predictions)];

    public Task StartAsync() => _app.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
