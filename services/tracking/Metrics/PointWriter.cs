using System.Buffers;
using System.Buffers.Binary;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Metrics;

/// <summary>Writes points: many by binary COPY, few by an INSERT that takes their commit along.</summary>
internal static class PointWriter
{
    /// <summary>Below this a COPY's two round trips cost more than they save.</summary>
    public const int Few = 100;

    private const int RowBytes = sizeof(short) + (5 * (sizeof(int) + sizeof(long)));
    private const int BufferBytes = 64 * 1024;

    /// <summary>Copies the points of several metrics.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<SeriesRow> rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync("copy metric_point (series, step, time, seq, value) from stdin (format binary)", ct);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            BinaryCopy.Header.CopyTo(buffer);
            var filled = BinaryCopy.Header.Length;
            foreach (var row in rows)
            {
                for (var done = 0; done < row.Delta.Count;)
                {
                    done += Encode(row, done, buffer, ref filled);
                    if (buffer.Length - filled >= RowBytes) continue;
                    await copy.WriteAsync(buffer.AsMemory(0, filled), ct);
                    filled = 0;
                }
            }

            if (buffer.Length - filled < sizeof(short))
            {
                await copy.WriteAsync(buffer.AsMemory(0, filled), ct);
                filled = 0;
            }

            BinaryPrimitives.WriteInt16BigEndian(buffer.AsSpan(filled), BinaryCopy.End);
            await copy.WriteAsync(buffer.AsMemory(0, filled + sizeof(short)), ct);
        }
        catch
        {
            await copy.CancelAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The command that inserts the points of several metrics.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<SeriesRow> rows)
    {
        var count = rows.Sum(row => row.Delta.Count);
        var (series, steps, times, seqs, values) = (new long[count], new long[count], new long[count], new long[count], new double[count]);
        var at = 0;
        foreach (var row in rows)
        {
            var seq = row.FirstSeq;
            foreach (var point in row.Delta.Points)
            {
                (series[at], steps[at], times[at], seqs[at], values[at]) = (row.Series, point.Step, point.Time, seq++, point.Value);
                at++;
            }
        }

        return new NpgsqlBatchCommand(
            "insert into metric_point (series, step, time, seq, value) select * from unnest($1::int8[], $2::int8[], $3::timestamptz[], $4::int8[], $5::float8[])")
        {
            Parameters =
            {
                new() { Value = series },
                new() { Value = steps },
                new() { Value = times, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = seqs },
                new() { Value = values },
            },
        };
    }

    // As many of a metric's points as fit.
    private static int Encode(SeriesRow row, int from, byte[] buffer, ref int filled)
    {
        var points = row.Delta.Points[from..];
        var count = Math.Min(points.Length, (buffer.Length - filled) / RowBytes);
        var seq = row.FirstSeq + from;
        foreach (var point in points[..count])
        {
            var cell = buffer.AsSpan(filled, RowBytes);
            BinaryPrimitives.WriteInt16BigEndian(cell, 5);
            Cell(cell, 0, row.Series);
            Cell(cell, 1, point.Step);
            Cell(cell, 2, point.Time);
            Cell(cell, 3, seq++);
            Cell(cell, 4, BitConverter.DoubleToInt64Bits(point.Value));
            filled += RowBytes;
        }

        return count;
    }

    private static void Cell(Span<byte> row, int column, long value)
    {
        var cell = row[(sizeof(short) + (column * (sizeof(int) + sizeof(long))))..];
        BinaryPrimitives.WriteInt32BigEndian(cell, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(cell[sizeof(int)..], value);
    }
}
