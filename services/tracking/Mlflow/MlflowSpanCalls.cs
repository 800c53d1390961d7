using System.IO.Compression;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Traces;
using Mesh.Tracking.Traces.Assessments;
using Mesh.Tracking.Traces.Spans;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Mlflow;

/// <summary>
/// Spans by themselves: exporters of OpenTelemetry send them (<c>POST /v1/traces</c>), and so do clients of MLflow while their traces go on. They are read back
/// with their traces.
/// </summary>
internal sealed class MlflowSpanCalls(SpanStore spans, TraceStore traces, AssessmentStore assessments, ExperimentDirectory experiments)
{
    private const string Header = "x-mlflow-experiment-id";
    private const string Protobuf = "application/x-protobuf";
    private const int AtOnce = 1 << 16;

    /// <summary>OTLP over HTTP: protobuf or JSON, perhaps packed. What the answer says is in the form of the request.</summary>
    internal async Task<ContentHttpResult> ExportAsync(string project, HttpRequest request, CancellationToken ct)
    {
        var isJson = request.HasJsonContentType();
        if (!isJson && !IsProtobuf(request)) throw MlflowRefusal.Invalid($"Invalid Content-Type: {request.ContentType}. Expected: {Protobuf} or application/json.");
        var id = request.Headers[Header].ToString();
        if (id.Length == 0) throw MlflowRefusal.Invalid($"Missing value for required header '{Header}': it names the experiment of the traces.");
        var experiment = await MlflowTraces.ActiveAsync(experiments, project, id, ct);
        var sent = Read(await UnpackAsync(request, ct), isJson);
        if (sent.Count > MlflowLimits.Spans) throw MlflowRefusal.Invalid($"A request has at most {MlflowLimits.Spans} spans. Got {sent.Count}.");
        if (sent.Count > 0 && await spans.PutAsync(project, experiment.Number, trace => MlflowTraces.Artifacts(experiment, trace), sent, ct) is { } rejected) throw MlflowTraces.Refused(rejected);
        // An empty message of protobuf has no bytes.
        return isJson ? TypedResults.Content("{}", "application/json") : TypedResults.Content("", Protobuf);
    }

    internal async Task<JsonHttpResult<MlflowTraceAnswer>> GetAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        var id = arguments.Required("trace_id");
        var found = await ShowAsync(project, [id], ct);
        return found.Count > 0 ? MlflowJson.Answer(new MlflowTraceAnswer(found[0])) : throw MlflowTraces.Missing(id);
    }

    internal async Task<JsonHttpResult<MlflowTraceList>> ListAsync(string project, MlflowArguments arguments, CancellationToken ct)
    {
        string[] ids = [.. arguments.Texts("trace_ids").Distinct(StringComparer.Ordinal)];
        if (ids.Length == 0) throw MlflowRefusal.Missing("trace_ids");
        if (ids.Length > MlflowLimits.TracesWithSpans) throw arguments.Wrong("trace_ids", $"at most {MlflowLimits.TracesWithSpans} ids");
        return MlflowJson.Answer(new MlflowTraceList((await ShowAsync(project, ids, ct)).OrAbsent()));
    }

    private async Task<IReadOnlyList<MlflowTrace>> ShowAsync(string project, string[] ids, CancellationToken ct)
    {
        ids = [.. ids.Where(id => !id.Contains('\0', StringComparison.Ordinal))];
        var found = await traces.FindAsync(project, ids, ct);
        if (await spans.CharactersAsync(project, ids, ct) > MlflowLimits.SpansAnswer) throw MlflowRefusal.Invalid("The spans of these traces are too many for one answer: ask for fewer traces.");
        var held = await spans.OfAsync(project, ids, ct);
        var judged = await assessments.OfAsync(project, ids, ct);
        return [.. ids.Where(found.ContainsKey).Select(id => new MlflowTrace(MlflowTraces.Show(found[id], judged[id]), held[id].Select(span => new MlflowSpan(span)).ToList().OrAbsent()))];
    }

    private static bool IsProtobuf(HttpRequest request) => request.ContentType is { } type && type.Split(';')[0].Trim().Equals(Protobuf, StringComparison.OrdinalIgnoreCase);

    private static List<Span> Read(ReadOnlyMemory<byte> body, bool isJson)
    {
        try
        {
            return isJson ? OtlpJson.Read(body) : OtlpProtobuf.Read(body.Span);
        }
        catch (SpanFormatException e)
        {
            throw MlflowRefusal.Invalid($"Invalid OpenTelemetry traces: {e.Message}.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> UnpackAsync(HttpRequest request, CancellationToken ct)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        await using Stream unpacked = encoding.ToLowerInvariant() switch
        {
            "" or "identity" => request.Body,
            "gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            _ => throw MlflowRefusal.Invalid($"Unsupported Content-Encoding: {encoding}"),
        };
        using var whole = new MemoryStream();
        var part = new byte[AtOnce];
        try
        {
            // A few packed bytes may become very many.
            while (await unpacked.ReadAsync(part, ct) is > 0 and var count)
            {
                if (whole.Length + count > MlflowLimits.SpansBody) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
                await whole.WriteAsync(part.AsMemory(0, count), ct);
            }
        }
        catch (InvalidDataException)
        {
            throw MlflowRefusal.Invalid($"Failed to decompress {encoding} payload");
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }
}
