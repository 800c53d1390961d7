using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Mesh.Contracts.Monitoring;

/// <summary>
/// The body of <c>POST /internal/projects/{project}/predictions</c>, by which serving hands captured rows of one endpoint and one version of a model to monitoring. A row is
/// made once for each prediction, so its values go as they lie in memory: nobody on the way writes or reads them as text.
/// </summary>
/// <remarks>
/// All numbers little-endian; a text is its length in bytes (<c>i32</c>) and UTF-8. Head: version (<c>u8</c>, 2), batch id (16 bytes, big-endian as in RFC 9562), endpoint,
/// model, version of the model (<c>i32</c>). Then the <see cref="PredictionColumns"/>, then rows to the end: length of what follows (<c>i32</c>), event time (<c>i64</c>,
/// microseconds since 1970-01-01 UTC), latency in milliseconds (<c>f64</c>), request id (a text, or the length -1), and the values of each column in turn, see
/// <see cref="PredictionValues"/>. A segment, as monitoring stores it, is the version, the columns and rows.
/// </remarks>
public static class PredictionFrames
{
    /// <summary>Media type of the body.</summary>
    public const string ContentType = "application/vnd.mesh.predictions";

    /// <summary>The first byte of batches and segments.</summary>
    public const byte Version = 2;

    internal const int Numbers = sizeof(long) + sizeof(double);

    /// <summary>Begins a batch. One with the id of an earlier one changes nothing.</summary>
    public static void WriteHead(IBufferWriter<byte> to, Guid batch, string endpoint, string model, int modelVersion, PredictionColumns columns)
    {
        var head = to.GetSpan(17);
        head[0] = Version;
        batch.TryWriteBytes(head[1..], bigEndian: true, out _);
        to.Advance(17);
        PredictionText.Write(to, endpoint);
        PredictionText.Write(to, model);
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), modelVersion);
        to.Advance(sizeof(int));
        to.Write(columns.Encoded);
    }

    /// <summary>Adds a row.</summary>
    /// <param name="values">Those of each column in turn, by <see cref="PredictionValues"/>.</param>
    public static void WriteRow(IBufferWriter<byte> to, DateTimeOffset eventTime, double latencyMs, string? requestId, ReadOnlySpan<byte> values)
    {
        var id = requestId is null ? 0 : Encoding.UTF8.GetByteCount(requestId);
        var length = Numbers + sizeof(int) + id + values.Length;
        var row = to.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32LittleEndian(row, length);
        BinaryPrimitives.WriteInt64LittleEndian(row[4..], (eventTime.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        BinaryPrimitives.WriteDoubleLittleEndian(row[12..], latencyMs);
        BinaryPrimitives.WriteInt32LittleEndian(row[20..], requestId is null ? PredictionText.Absent : id);
        if (requestId is not null) Encoding.UTF8.GetBytes(requestId, row[24..]);
        values.CopyTo(row[(24 + id)..]);
        to.Advance(sizeof(int) + length);
    }
}
