using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Mesh.Contracts.Monitoring;

namespace Mesh.Testing;

/// <summary>One captured row. Inputs and outputs are values by column name.</summary>
public sealed record Prediction(DateTimeOffset EventTime, int ModelVersion, JsonElement Inputs, JsonElement Outputs, double LatencyMs, string? RequestId = null);

/// <summary>A batch of captured rows, as objects on both sides of <see cref="PredictionFrames"/>.</summary>
public sealed record PredictionBatch(Guid BatchId, string Endpoint, string Model, IReadOnlyList<Prediction> Predictions)
{
    /// <summary>The body that serving would send.</summary>
    public HttpContent ToContent()
    {
        var bytes = new ArrayBufferWriter<byte>();
        PredictionFrames.WriteHead(bytes, BatchId, Endpoint, Model);
        foreach (var row in Predictions)
            PredictionFrames.WriteRow(
                bytes, row.EventTime, row.ModelVersion, row.LatencyMs, row.RequestId, JsonSerializer.SerializeToUtf8Bytes(row.Inputs), JsonSerializer.SerializeToUtf8Bytes(row.Outputs));
        return ContentOf(bytes.WrittenSpan.ToArray());
    }

    /// <summary>A body of the right media type.</summary>
    public static HttpContent ContentOf(byte[] body) => new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(PredictionFrames.ContentType) } };

    /// <summary>Reads a body that serving has sent.</summary>
    public static PredictionBatch Read(ReadOnlySpan<byte> body)
    {
        if (!PredictionFrameReader.TryOpen(body, out var reader)) throw new FormatException("The head of the batch is out of form.");
        var rows = new List<Prediction>();
        while (reader.TryRead(out var row))
            rows.Add(new Prediction(
                DateTimeOffset.UnixEpoch.AddMicroseconds(row.EventTime), row.ModelVersion, Parse(row.Inputs), Parse(row.Outputs), row.LatencyMs,
                row.HasRequestId ? Encoding.UTF8.GetString(row.RequestId) : null));
        return reader.IsAtEnd ? new PredictionBatch(reader.Batch, reader.Endpoint, reader.Model, rows) : throw new FormatException($"The batch is out of form after row {rows.Count}.");
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }
}
