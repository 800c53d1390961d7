using System.Buffers;
using System.Runtime.InteropServices;
using Mesh.Contracts.Monitoring;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Monitoring.Predictions;

/// <summary>Cuts a batch into segments, each with rows of one second that all count or are all late, and stores them.</summary>
internal static class PredictionSegments
{
    // A page of the list reads whole segments.
    private const int MostBytes = 1 << 20;

    private const string Command =
        """
        copy prediction_segments (arrived_at, project, endpoint, model, model_version, second, late, rows, body) from stdin (format binary)
        """;

    /// <summary>Stores all rows.</summary>
    /// <param name="sealedThrough">Rows from before this are late.</param>
    /// <param name="horizon">Rows from after this count as late.</param>
    /// <returns>How many rows are late.</returns>
    public static async Task<int> WriteAsync(
        NpgsqlConnection connection, string project, CapturedBatch batch, DateTimeOffset sealedThrough, DateTimeOffset horizon, DateTimeOffset now, CancellationToken ct)
    {
        if (batch.Rows == 0) return 0;
        var rows = Order(batch, EventSecond.Microseconds(sealedThrough), EventSecond.Microseconds(horizon));
        var body = new ArrayBufferWriter<byte>();
        var late = 0;
        await using var copy = await connection.BeginBinaryImportAsync(Command, ct);
        for (var first = 0; first < rows.Count;)
        {
            var end = Compose(body, batch, rows, first);
            var (second, isLate) = (rows[first].Second, rows[first].IsLate);
            if (isLate) late += end - first;
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(now.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(Text(project), NpgsqlDbType.Text, ct);
            await copy.WriteAsync(Text(batch.Head.Endpoint), NpgsqlDbType.Text, ct);
            await copy.WriteAsync(Text(batch.Head.Model), NpgsqlDbType.Text, ct);
            await copy.WriteAsync(batch.Head.ModelVersion, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(EventSecond.ToMoment(second).UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(isLate, NpgsqlDbType.Boolean, ct);
            await copy.WriteAsync(end - first, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(body.WrittenMemory, NpgsqlDbType.Bytea, ct);
            first = end;
        }

        await copy.CompleteAsync(ct);
        return late;
    }

    // Live rows come in the order of their seconds; the sort, where one is needed, keeps rows of one second as they came.
    private static List<Place> Order(CapturedBatch batch, long sealedThrough, long horizon)
    {
        var rows = new List<Place>(batch.Rows);
        var reader = batch.Read();
        var isOrdered = true;
        for (var offset = 0; reader.TryRead(out var row); offset += row.Whole.Length)
        {
            var place = new Place(EventSecond.Of(row.EventTime), row.EventTime < sealedThrough || row.EventTime > horizon, rows.Count, offset, row.Whole.Length);
            if (rows.Count > 0 && place.CompareTo(rows[^1]) < 0) isOrdered = false;
            rows.Add(place);
        }

        if (!isOrdered) rows.Sort();
        return rows;
    }

    private static int Compose(ArrayBufferWriter<byte> body, CapturedBatch batch, List<Place> rows, int first)
    {
        var reader = batch.Read();
        var all = reader.Rest;
        body.ResetWrittenCount();
        body.Write([PredictionFrames.Version]);
        body.Write(reader.Columns.Encoded);
        var end = first;
        do
        {
            body.Write(all.Slice(rows[end].Offset, rows[end].Length));
            end++;
        }
        while (end < rows.Count && rows[end].Second == rows[first].Second && rows[end].IsLate == rows[first].IsLate && body.WrittenCount + rows[end].Length <= MostBytes);

        return end;
    }

    // PostgreSQL's texts hold every character but this one.
    private static string Text(string text) => text.Replace('\0', '\uFFFD');

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Place(long Second, bool IsLate, int Number, int Offset, int Length) : IComparable<Place>
    {
        public int CompareTo(Place other)
        {
            var order = Second.CompareTo(other.Second);
            if (order == 0) order = IsLate.CompareTo(other.IsLate);
            return order == 0 ? Number.CompareTo(other.Number) : order;
        }
    }
}
