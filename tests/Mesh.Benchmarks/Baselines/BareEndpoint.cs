using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Serving.Protocol;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Benchmarks.Baselines;

/// <summary>
/// The least that could answer an infer request: a Kestrel endpoint with the same model, the same runtime and the same JSON, and nothing else: no
/// identity, no checks of roles, no capture, no telemetry, no hot reload.
/// </summary>
internal static class BareEndpoint
{
    public static async Task<int> RunAsync(string port, string model, string signature)
    {
        var columns = JsonSerializer.Deserialize<ModelSignature>(await File.ReadAllTextAsync(signature), MeshJson.Strict)!;
        using var runtime = ModelRuntimes.Load("mlnet", model, columns);
        var batches = new TensorBatchPool(runtime.Layout);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/infer", context => InferAsync(context, runtime, batches));
        await app.RunAsync();
        return 0;
    }

    private static async Task InferAsync(HttpContext context, IModelRuntime runtime, TensorBatchPool batches)
    {
        var body = context.Request.BodyReader;
        var read = await body.ReadAsync();
        while (!read.IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await body.ReadAsync();
        }

        var batch = batches.Rent();
        if (InferRequestReader.Read(read.Buffer.FirstSpan, batch, runtime.RowMultiple, out var head) is not null) throw new InvalidOperationException("The benchmark's request is wrong.");
        body.AdvanceTo(read.Buffer.End);
        runtime.Infer(batch);
        var answer = ResponseBuffer.Rent();
        InferResponseWriter.Write(answer.Json, "bare", 1, batch, head);
        batches.Return(batch);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Written.Length;
        await context.Response.BodyWriter.WriteAsync(answer.Written);
        ResponseBuffer.Return(answer);
    }
}
