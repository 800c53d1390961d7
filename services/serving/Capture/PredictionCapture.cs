using System.Threading.Channels;

namespace Mesh.Serving.Capture;

/// <summary>
/// The bounded buffer between requests and monitoring. A request hands its columns over and goes on; when the buffer is full its rows are dropped
/// and counted. A request is never slowed down nor failed by it.
/// </summary>
internal sealed class PredictionCapture(ServingOptions options)
{
    private readonly Channel<CapturedBatch> _buffer = Channel.CreateUnbounded<CapturedBatch>(new UnboundedChannelOptions { SingleReader = true });
    private readonly long _limit = (long)options.CaptureBufferMegabytes << 20;
    private long _held;
    private long _rows;

    public ChannelReader<CapturedBatch> Reader => _buffer.Reader;

    /// <summary>Rows that were taken over and are not settled yet.</summary>
    public long PendingRows => Interlocked.Read(ref _rows);

    /// <summary>Takes the rows of a request over. False: there is no room, and the batch stays with the caller.</summary>
    public bool Offer(in CapturedBatch captured)
    {
        var bytes = captured.Bytes;
        var rows = captured.Batch.Rows;
        if (Interlocked.Add(ref _held, bytes) <= _limit)
        {
            Interlocked.Add(ref _rows, rows);
            if (_buffer.Writer.TryWrite(captured)) return true;
            Interlocked.Add(ref _rows, -rows);
        }

        Interlocked.Add(ref _held, -bytes);
        captured.Slot.CountDropped(rows);
        return false;
    }

    /// <summary>The batch was written: its buffers go back to the model's pool.</summary>
    public void Release(in CapturedBatch captured)
    {
        Interlocked.Add(ref _held, -captured.Bytes);
        captured.Model.Batches.Return(captured.Batch);
    }

    /// <summary>Rows arrived at monitoring or were given up.</summary>
    public void Settle(int rows) => Interlocked.Add(ref _rows, -rows);

    /// <summary>Takes nothing more.</summary>
    public void Close() => _buffer.Writer.TryComplete();
}
