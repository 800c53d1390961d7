using System.Collections.Concurrent;

namespace Mesh.Serving.Tensors;

/// <summary>The inputs and outputs of one request, as columns of equal row count. Not thread-safe: one request at a time.</summary>
internal sealed class TensorBatch
{
    public TensorBatch(ModelLayout layout)
    {
        Layout = layout;
        Inputs = [.. layout.Inputs.Select(TensorColumn.Create)];
        Outputs = [.. layout.Outputs.Select(TensorColumn.Create)];
    }

    public ModelLayout Layout { get; }

    public TensorColumn[] Inputs { get; }

    public TensorColumn[] Outputs { get; }

    public int Rows { get; set; }

    /// <summary>Values in one row, over all columns.</summary>
    public long RowValues
    {
        get
        {
            if (Layout.RowValues is { } known) return known;
            var sum = 0L;
            foreach (var column in Inputs) sum += column.Width;
            foreach (var column in Outputs) sum += column.Width;
            return sum;
        }
    }

    /// <summary>Memory that the buffers hold on to, in bytes.</summary>
    public long Capacity
    {
        get
        {
            var sum = 0L;
            foreach (var column in Inputs) sum += column.Capacity;
            foreach (var column in Outputs) sum += column.Capacity;
            return sum;
        }
    }

    /// <summary>Makes it ready for the next request.</summary>
    public void Reset()
    {
        Rows = 0;
        foreach (var column in Inputs)
        {
            column.IsFilled = false;
            (column as TextColumn)?.Forget();
        }

        foreach (var column in Outputs) (column as TextColumn)?.Forget();
    }
}

/// <summary>Batches of one layout that wait for their next use. Thread-safe.</summary>
internal sealed class TensorBatchPool(ModelLayout layout)
{
    // As many as requests and the capture behind them hold at once under full load.
    private const int MaxIdle = 1024;
    private const long MaxCapacity = 1 << 20;

    private readonly ConcurrentQueue<TensorBatch> _idle = new();

    public TensorBatch Rent() => _idle.TryDequeue(out var batch) ? batch : new TensorBatch(layout);

    public void Return(TensorBatch batch)
    {
        // One huge request must not pin its memory for the life of the model.
        if (batch.Capacity > MaxCapacity || _idle.Count >= MaxIdle) return;
        batch.Reset();
        _idle.Enqueue(batch);
    }
}
