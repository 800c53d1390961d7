using System.Security.Cryptography;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>
/// Stores a stream of points in chunks, one after the other: the next chunk is read while one is written, so that memory holds two, however long the
/// stream is. With a batch id, each chunk has an id that follows from it and its number: a stream that broke off is simply sent again, and what was
/// stored of it is not stored twice.
/// </summary>
internal sealed class PointStream(MetricWriter writer, string project, Guid run, int? attempt, Guid? batchId, DateTimeOffset received)
{
    /// <summary>Points of a chunk. Not to be changed: a stream that is sent again must fall into the same chunks.</summary>
    public const int ChunkPoints = 10_000;

    /// <summary>The most points of a stream.</summary>
    public const long MaxPoints = 100_000_000;

    private long _stored;
    private int _chunks;
    private Task<Rejection?>? _writing;
    private int _underWay;

    /// <summary>How many points are stored, from the beginning of the stream.</summary>
    public long Stored => _stored;

    /// <summary>Stores the points until they end, or one is refused.</summary>
    public async Task<Rejection?> WriteAsync(IAsyncEnumerable<MetricPoint> points, CancellationToken ct)
    {
        var chunk = new List<MetricPoint>(ChunkPoints);
        var read = 0L;
        Rejection? fault = null;
        try
        {
            await foreach (var point in points.WithCancellation(ct))
            {
                if (++read > MaxPoints) throw new RejectedException(MetricRejections.StreamTooLong);
                chunk.Add(point);
                if (chunk.Count < ChunkPoints) continue;
                if (await NextAsync(chunk, ct) is { } refused) return refused;
                chunk = new List<MetricPoint>(ChunkPoints);
            }
        }
        catch (RejectedException e)
        {
            // What came whole before it is stored; the rest of its chunk is not.
            fault = e.Rejection;
        }

        // A stream without points says at least whether they would be welcome.
        if (fault is null && (chunk.Count > 0 || _chunks == 0) && await NextAsync(chunk, ct) is { } rejected) return rejected;
        return await WrittenAsync() ?? fault;
    }

    private async Task<Rejection?> NextAsync(List<MetricPoint> chunk, CancellationToken ct)
    {
        if (await WrittenAsync() is { } refused) return refused;
        var id = batchId is { } whole ? ChunkId(whole, _chunks) : (Guid?)null;
        _chunks++;
        _underWay = chunk.Count;
        _writing = writer.WriteAsync(new MetricBatch(project, run, new LogMetrics(chunk, attempt, id), received, ct), ct);
        return null;
    }

    private async Task<Rejection?> WrittenAsync()
    {
        if (_writing is not { } writing) return null;
        var refused = await writing;
        if (refused is null) _stored += _underWay;
        _writing = null;
        return refused;
    }

    private static Guid ChunkId(Guid batch, int number)
    {
        Span<byte> text = stackalloc byte[20];
        batch.TryWriteBytes(text, bigEndian: true, out _);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(text[16..], number);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(text, hash);
        // RFC 9562 version 8: the bits are ours but for version and variant.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
