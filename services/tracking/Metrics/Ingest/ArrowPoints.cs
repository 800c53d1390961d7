using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>
/// Reads points from an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html): columns <c>name</c> and <c>value</c>, and perhaps
/// <c>step</c> and <c>time</c>. Bodies are not compressed; a record batch has at most 64 MiB.
/// </summary>
internal static class ArrowPoints
{
    public const string MediaType = "application/vnd.apache.arrow.stream";

    /// <summary>The points as they come.</summary>
    /// <exception cref="RejectedException">It is no such stream, or a row is no point.</exception>
    public static async IAsyncEnumerable<MetricPoint> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken ct)
    {
        using var reader = new ArrowStreamReader(new ArrowBody(body), new BoundedAllocator(), leaveOpen: true);
        var parser = new PointParser();
        var row = 0L;
        while (await NextAsync(reader, row, ct) is { } batch)
        {
            using (batch)
            {
                var columns = Guarded(row, () => PointColumns.Of(batch, parser));
                for (var i = 0; i < batch.Length; i++, row++) yield return Read(columns, i, row);
            }
        }
    }

    private static async Task<RecordBatch?> NextAsync(ArrowStreamReader reader, long row, CancellationToken ct)
    {
        try
        {
            return await reader.ReadNextRecordBatchAsync(ct);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            throw Broken(row);
        }
    }

    private static MetricPoint Read(PointColumns columns, int index, long row)
    {
        try
        {
            return columns.Read(index) is ({ } point, null) ? point : throw Fault(row, columns.Read(index).Fault!);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            throw Broken(row);
        }
    }

    private static PointColumns Guarded(long row, Func<(PointColumns? Columns, string? Fault)> make)
    {
        try
        {
            return make() is ({ } columns, null) ? columns : throw new RejectedException(Rejection.Malformed("points.malformed", make().Fault!));
        }
        catch (Exception e) when (IsOfContent(e))
        {
            throw Broken(row);
        }
    }

    // The library shows what is wrong with its input by exceptions of many kinds.
    private static bool IsOfContent(Exception e) => e is EndOfStreamException or not (RejectedException or OperationCanceledException or IOException or OutOfMemoryException);

    private static RejectedException Broken(long row) => new(Rejection.Malformed(
        "points.malformed", $"Behind row {row} comes what is no uncompressed record batch of at most {BoundedAllocator.MaxBytes >> 20} MiB of an Arrow IPC stream.", $"row {row}"));

    private static RejectedException Fault(long row, string sentence) => new(Rejection.Malformed("points.malformed", $"Row {row} {sentence}", $"row {row}"));
}
