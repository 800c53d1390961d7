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
        var places = ArrayPool<Place>.Shared.Rent(batch.Rows);
        var body = ArrayPool<byte>.Shared.Rent(batch.Length);
        try
        {
            Order(batch, places, EventSecond.Microseconds(sealedThrough), EventSecond.Microseconds(horizon));
            var late = 0;
            await using var copy = await connection.BeginBinaryImportAsync(Command, ct);
            for (var first = 0; first < batch.Rows;)
            {
                var (length, end) = Compose(body, batch, places.AsSpan(0, batch.Rows), first);
                if (places[first].IsLate) late += end - first;
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(now.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(Text(project), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(Text(batch.Head.Endpoint), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(Text(batch.Head.Model), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(batch.Head.ModelVersion, NpgsqlDbType.Integer, ct);
                await copy.WriteAsync(EventSecond.ToMoment(places[first].Second).UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(places[first].IsLate, NpgsqlDbType.Boolean, ct);
                await copy.WriteAsync(end - first, NpgsqlDbType.Integer, ct);
                await copy.WriteAsync(new ReadOnlyMemory<byte>(body, 0, length), NpgsqlDbType.Bytea, ct);
                first = end;
            }

            await copy.CompleteAsync(ct);
            return late;
        }
        finally
        {
            ArrayPool<Place>.Shared.Return(places);
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    // Live rows come in the order of their seconds; the sort, where one is needed, keeps rows of one second as they came.
    private static void Order(CapturedBatch batch, Place[] places, long sealedThrough, long horizon)
    {
        var (count, offset, isOrdered) = (0, 0, true);
        var reader = batch.Read();
        for (; reader.TryRead(out var row); offset += row.Whole.Length)
        {
            var place = new Place(EventSecond.Of(row.EventTime), row.EventTime < sealedThrough || row.EventTime > horizon, count, offset, row.Whole.Length);
            if (count > 0 && place.CompareTo(places[count - 1]) < 0) isOrdered = false;
            places[count++] = place;
        }

        if (!isOrdered) places.AsSpan(0, count).Sort();
    }

    // The segment that begins with a row: its length, and the row after its last. A segment is never longer than its batch, whose head it lacks.
    private static (int Length, int End) Compose(Span<byte> body, CapturedBatch batch, ReadOnlySpan<Place> places, int first)
    {
        var reader = batch.Read();
        var rows = reader.Rest;
        body[0] = PredictionFrames.Version;
        reader.Columns.Encoded.CopyTo(body[1..]);
        var length = 1 + reader.Columns.Encoded.Length;
        var end = first;
        do
        {
            rows.Slice(places[end].Offset, places[end].Length).CopyTo(body[length..]);
            length += places[end].Length;
            end++;
        }
        while (end < places.Length && places[end].Second == places[first].Second && places[end].IsLate == places[first].IsLate && length + places[end].Length <= MostBytes);

        return (length, end);
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
