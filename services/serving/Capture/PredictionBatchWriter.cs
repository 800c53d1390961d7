using System.Buffers;
using System.Text.Json;
using Mesh.Serving.Loading;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Capture;

/// <summary>
/// Composes one <c>PredictionBatch</c> for monitoring: rows of one endpoint and one model, each with its values by column name. Its buffer is used again by the
/// next batch.
/// </summary>
internal sealed class PredictionBatchWriter : IDisposable
{
    /// <summary>Most rows in one batch.</summary>
    public const int MaxRows = 500;

    // Below the limit of the receiving address, one row of the greatest size included.
    private const int FullBytes = 512 << 10;
    private const int MaxRowBytes = 256 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(16 << 10);
    private readonly Utf8JsonWriter _json;

    public PredictionBatchWriter() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true });

    public EndpointSlot Slot { get; private set; } = null!;

    public int Rows { get; private set; }

    public bool IsFull => Rows >= MaxRows || _json.BytesCommitted + _json.BytesPending >= FullBytes;

    /// <summary>Begins a batch, without what was written before.</summary>
    public void Begin(EndpointSlot slot, string model)
    {
        (Slot, Rows) = (slot, 0);
        _bytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("batchId", Guid.CreateVersion7());
        _json.WriteString("endpoint", slot.Key.Name);
        _json.WriteString("model", model);
        _json.WriteStartArray("predictions");
    }

    /// <summary>The body; nothing can be added after it was asked for.</summary>
    public ReadOnlyMemory<byte> Close()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        return _bytes.WrittenMemory;
    }

    /// <summary>Adds one row. False: a row of this size is not captured.</summary>
    public bool TryAdd(in CapturedBatch captured, int row)
    {
        if (RowBytes(captured.Batch) > MaxRowBytes) return false;
        _json.WriteStartObject();
        _json.WriteString("eventTime", captured.EventTime);
        _json.WriteNumber("modelVersion", captured.Model.Version);
        Write("inputs", captured.Batch.Inputs, row);
        Write("outputs", captured.Batch.Outputs, row);
        _json.WriteNumber("latencyMs", captured.LatencyMs);
        if (captured.RequestId is { } id) _json.WriteString("requestId", id);
        _json.WriteEndObject();
        Rows++;
        return true;
    }

    public void Dispose() => _json.Dispose();

    private void Write(string name, TensorColumn[] columns, int row)
    {
        _json.WriteStartObject(name);
        foreach (var column in columns)
        {
            _json.WritePropertyName(column.Spec.EncodedName);
            if (column.Spec.IsScalar)
            {
                column.Write(_json, row);
                continue;
            }

            _json.WriteStartArray();
            for (var i = 0; i < column.Width; i++) column.Write(_json, (row * column.Width) + i);
            _json.WriteEndArray();
        }

        _json.WriteEndObject();
    }

    private static long RowBytes(TensorBatch batch)
    {
        var bytes = 0L;
        foreach (var column in batch.Inputs) bytes += column.Spec.Utf8Name.Length + (16L * column.Width);
        foreach (var column in batch.Outputs) bytes += column.Spec.Utf8Name.Length + (16L * column.Width);
        return bytes;
    }
}
