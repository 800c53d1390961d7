using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Monitoring.Predictions;

/// <summary>Writes the rows of a batch by binary COPY: what they hold goes through as it came.</summary>
/// <remarks>All numbers of the format are big-endian; see <see cref="BinaryCopy"/>.</remarks>
internal static class PredictionCopy
{
    private const string Command =
        """
        copy predictions (arrived_at, project, endpoint, model, model_version, event_time, late, latency_ms, request_id, inputs, outputs)
        from stdin (format binary)
        """;

    private const short Columns = 11;

    // Columns whose size is known: three moments or numbers of 8 bytes, the version of 4, the mark of 1, and each column's own length.
    private const int FixedBytes = sizeof(short) + (Columns * sizeof(int)) + (3 * sizeof(long)) + sizeof(int) + 1;

    private static readonly long Epoch = (new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Copies all rows.</summary>
    /// <param name="inTime">By version of the model, the event times that are not late.</param>
    public static async Task WriteAsync(
        NpgsqlConnection connection, string project, CapturedBatch batch, IReadOnlyDictionary<int, EventSpan> inTime, DateTimeOffset now, CancellationToken ct)
    {
        if (batch.Rows == 0) return;
        var names = new Names(Text(project), Text(batch.Endpoint), Text(batch.Model));
        // A request's id may grow threefold, where U+0000 is put into words.
        var most = BinaryCopy.Header.Length + sizeof(short) + (3 * batch.Length) + (batch.Rows * (FixedBytes + names.Project.Length + names.Endpoint.Length + names.Model.Length));
        var buffer = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            var length = Encode(buffer, names, batch, inTime, now);
            await using var copy = await connection.BeginRawBinaryCopyAsync(Command, ct);
            try
            {
                await copy.WriteAsync(buffer.AsMemory(0, length), ct);
            }
            catch
            {
                await copy.CancelAsync();
                throw;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Encode(Span<byte> buffer, Names names, CapturedBatch batch, IReadOnlyDictionary<int, EventSpan> inTime, DateTimeOffset now)
    {
        var to = new Cells(buffer);
        to.Bytes(BinaryCopy.Header);
        var arrived = ((now.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond) - Epoch;
        var rows = batch.Read();
        while (rows.TryRead(out var row))
        {
            to.Short(Columns);
            to.Long(arrived);
            to.Text(names.Project);
            to.Text(names.Endpoint);
            to.Text(names.Model);
            to.Int(row.ModelVersion);
            to.Long(row.EventTime - Epoch);
            to.Flag(!inTime[row.ModelVersion].Holds(row.EventTime));
            to.Long(BitConverter.DoubleToInt64Bits(row.LatencyMs));
            if (!row.HasRequestId) to.Null();
            else if (row.RequestId.Contains((byte)0)) to.Text(Text(Encoding.UTF8.GetString(row.RequestId)));
            else to.Text(row.RequestId);
            to.Text(row.Inputs);
            to.Text(row.Outputs);
        }

        to.Short(BinaryCopy.End);
        return to.Length;
    }

    // PostgreSQL's texts hold every character but this one.
    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD'));

    private sealed record Names(byte[] Project, byte[] Endpoint, byte[] Model);

    private ref struct Cells(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;

        public int Length { get; private set; }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer[Length..]);
            Length += bytes.Length;
        }

        public void Short(short value)
        {
            BinaryPrimitives.WriteInt16BigEndian(_buffer[Length..], value);
            Length += sizeof(short);
        }

        public void Int(int value)
        {
            Raw(sizeof(int));
            Raw(value);
        }

        public void Long(long value)
        {
            Raw(sizeof(long));
            BinaryPrimitives.WriteInt64BigEndian(_buffer[Length..], value);
            Length += sizeof(long);
        }

        public void Flag(bool value)
        {
            Raw(1);
            _buffer[Length++] = value ? (byte)1 : (byte)0;
        }

        public void Null() => Raw(-1);

        public void Text(ReadOnlySpan<byte> text)
        {
            Raw(text.Length);
            Bytes(text);
        }

        private void Raw(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_buffer[Length..], value);
            Length += sizeof(int);
        }
    }
}
