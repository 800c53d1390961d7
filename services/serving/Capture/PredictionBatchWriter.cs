using System.Buffers;
using System.Text.Json;
using Mesh.Contracts.Monitoring;
using Mesh.Serving.Loading;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Capture;

/// <summary>
/// Composes one batch of <see cref="PredictionFrames"/> for monitoring: rows of one endpoint and one model, each with its values by column name. Its buffer is used
/// again by the next batch.
/// </summary>
internal sealed class PredictionBatchWriter : IDisposable
{
    /// <summary>Most rows in one batch.</summary>
    public const int MaxRows = 2000;

    // Below the limit of the receiving address, one row of the greatest size included.
    private const int FullBytes = 2 << 20;
    private const int MaxRowBytes = 256 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(16 << 10);
    private readonly ArrayBufferWriter<byte> _values = new(4 << 10);
    private readonly Utf8JsonWriter _json;

    public PredictionBatchWriter() => _json = new Utf8JsonWriter(_values, new JsonWriterOptions { SkipValidation = true });

    public EndpointSlot Slot { get; private set; } = null!;

    public int Rows { get; private set; }

    public bool IsFull => Rows >= MaxRows || _bytes.WrittenCount >= FullBytes;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body => _bytes.WrittenMemory;

    /// <summary>Begins a batch, without what was written before.</summary>
    public void Begin(EndpointSlot slot, string model)
    {
        (Slot, Rows) = (slot, 0);
        _bytes.ResetWrittenCount();
        PredictionFrames.WriteHead(_bytes, Guid.CreateVersion7(), slot.Key.Name, model);
    }

    /// <summary>Adds one row. False: a row of this size is not captured.</summary>
    public bool TryAdd(in CapturedBatch captured, int row)
    {
        if (RowBytes(captured.Batch) > MaxRowBytes) return false;
        _values.ResetWrittenCount();
        Write(captured.Batch.Inputs, row);
        var inputs = _values.WrittenCount;
        Write(captured.Batch.Outputs, row);
        PredictionFrames.WriteRow(
            _bytes, captured.EventTime, captured.Model.Version, captured.LatencyMs, captured.RequestId, _values.WrittenSpan[..inputs], _values.WrittenSpan[inputs..]);
        Rows++;
        return true;
    }

    public void Dispose() => _json.Dispose();

    private void Write(TensorColumn[] columns, int row)
    {
        _json.Reset();
        _json.WriteStartObject();
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
        _json.Flush();
    }

    private static long RowBytes(TensorBatch batch)
    {
        var bytes = 0L;
        foreach (var column in batch.Inputs) bytes += column.Spec.Utf8Name.Length + (16L * column.Width);
        foreach (var column in batch.Outputs) bytes += column.Spec.Utf8Name.Length + (16L * column.Width);
        return bytes;
    }
}
