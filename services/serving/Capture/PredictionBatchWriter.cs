using System.Buffers;
using Mesh.Contracts.Monitoring;
using Mesh.Serving.Loading;

namespace Mesh.Serving.Capture;

/// <summary>
/// Composes one batch of <see cref="PredictionFrames"/> for monitoring: rows of one endpoint and one version of a model. Its buffer is used again by the next batch.
/// </summary>
internal sealed class PredictionBatchWriter
{
    /// <summary>Most rows in one batch.</summary>
    public const int MaxRows = 2000;

    // Below the limit of the receiving address, one row of the greatest size included.
    private const int FullBytes = 2 << 20;
    private const int MaxRowValues = 16 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(16 << 10);
    private readonly ArrayBufferWriter<byte> _values = new(1 << 10);

    public EndpointSlot Slot { get; private set; } = null!;

    public int Rows { get; private set; }

    public bool IsFull => Rows >= MaxRows || _bytes.WrittenCount >= FullBytes;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body => _bytes.WrittenMemory;

    /// <summary>Begins a batch, without what was written before.</summary>
    public void Begin(EndpointSlot slot, LoadedModel model)
    {
        (Slot, Rows) = (slot, 0);
        _bytes.ResetWrittenCount();
        PredictionFrames.WriteHead(_bytes, Guid.CreateVersion7(), slot.Key.Name, model.Name, model.Version, model.Runtime.Layout.Captured);
    }

    /// <summary>Adds one row. False: a row of this size is not captured.</summary>
    public bool TryAdd(in CapturedBatch captured, int row)
    {
        if (captured.Batch.RowValues > MaxRowValues) return false;
        _values.ResetWrittenCount();
        foreach (var column in captured.Batch.Inputs) column.Capture(_values, row);
        foreach (var column in captured.Batch.Outputs) column.Capture(_values, row);
        PredictionFrames.WriteRow(_bytes, captured.EventTime, captured.LatencyMs, captured.RequestId, _values.WrittenSpan);
        Rows++;
        return true;
    }
}
