using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using Mesh.Hosting.Decisions;
using Mesh.Serving.Capture;
using Mesh.Serving.Loading;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Protocol;

/// <summary>Answers infer requests: the hottest path of the platform, so nothing here allocates per row and little per request.</summary>
internal sealed class InferHandler(EndpointDirectory directory, PredictionCapture capture, TimeProvider clock, ILogger<InferHandler> log)
{
    /// <summary><c>POST …/v2/models/{endpoint}/infer</c> and <c>…/versions/{version}/infer</c>.</summary>
    public async Task InferAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var route = context.Request.RouteValues;
        var key = new EndpointKey((string)route["project"]!, (string)route["endpoint"]!);
        var slot = directory.Find(key) ?? await directory.AwaitAsync(key, context.RequestAborted);
        if (slot is null)
        {
            await ProtocolProblem.WriteAsync(context, ProtocolProblem.UnknownModel(key.Name));
            return;
        }

        var model = slot.Use() ?? await directory.UseLoadedAsync(slot, context.RequestAborted);
        if (model is null)
        {
            slot.CountFault("not-ready");
            await ProtocolProblem.WriteAsync(context, ProtocolProblem.NotReady(slot));
            return;
        }

        var batch = model.Batches.Rent();
        var isCaptured = false;
        try
        {
            var fault = route["version"] is string version && !IsVersion(model, version) ? ProtocolProblem.OtherVersion(model, version) : null;
            fault ??= context.Request.Headers.ContainsKey(ProtocolProblem.BinaryHeader) ? ProtocolProblem.Binary : null;
            InferHead head = default;
            if (fault is null) (fault, head) = await ReadAsync(context.Request.BodyReader, batch, model);
            if (fault is not null) slot.CountFault("caller");
            fault ??= TryInfer(slot, model, batch);
            if (fault is not null)
            {
                await ProtocolProblem.WriteAsync(context, fault);
                return;
            }

            var answer = ResponseBuffer.Rent();
            InferResponseWriter.Write(answer.Json, key.Name, model.Version, batch, head);
            var latency = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            slot.CountInference(latency, batch.Rows);
            // The capture takes the batch over: nothing may touch it from here on.
            isCaptured = slot.Captures
                && capture.Offer(new CapturedBatch(slot, model, batch, head.EventTime ?? clock.GetUtcNow(), latency, head.Id, head.BodyLength));
            await SendAsync(context.Response, answer);
        }
        finally
        {
            if (!isCaptured) model.Batches.Return(batch);
            model.Release();
        }
    }

    private static async ValueTask SendAsync(HttpResponse response, ResponseBuffer answer)
    {
        try
        {
            response.ContentType = "application/json";
            response.ContentLength = answer.Written.Length;
            await response.BodyWriter.WriteAsync(answer.Written);
        }
        finally
        {
            ResponseBuffer.Return(answer);
        }
    }

    private Rejection? TryInfer(EndpointSlot slot, LoadedModel model, TensorBatch batch)
    {
        try
        {
            model.Runtime.Infer(batch);
            return null;
        }
        catch (Exception e)
        {
            slot.CountFault("model");
            var (project, name) = slot.Key;
            log.LogError(e, "Version {Version} of {Model} failed to infer for endpoint {Endpoint} of {Project}", model.Version, model.Name, name, project);
            return ProtocolProblem.ModelFailed(model);
        }
    }

    private static async ValueTask<(Rejection? Fault, InferHead Head)> ReadAsync(PipeReader body, TensorBatch batch, LoadedModel model)
    {
        while (true)
        {
            var read = await body.ReadAsync();
            if (read.IsCompleted || read.Buffer.Length > InferRequestReader.MaxBody)
            {
                var fault = Read(read.Buffer, batch, model, out var head);
                body.AdvanceTo(read.Buffer.End);
                return (fault, head);
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static Rejection? Read(in ReadOnlySequence<byte> body, TensorBatch batch, LoadedModel model, out InferHead head)
    {
        head = default;
        if (body.Length > InferRequestReader.MaxBody) return ProtocolProblem.TooLarge;
        if (body.IsSingleSegment) return InferRequestReader.Read(body.FirstSpan, batch, model.Runtime.RowMultiple, out head);
        var whole = ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            body.CopyTo(whole);
            return InferRequestReader.Read(whole.AsSpan(0, (int)body.Length), batch, model.Runtime.RowMultiple, out head);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static bool IsVersion(LoadedModel model, string version) =>
        int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == model.Version;
}
