using System.Buffers;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Monitoring.Predictions;

/// <summary>The rows of a batch, checked in form, as they came. Its buffer is rented.</summary>
internal sealed class CapturedBatch : IDisposable
{
    /// <summary>The most rows of a batch.</summary>
    public const int MostRows = 10_000;

    // The moments that DateTimeOffset can tell, from 1970 on in microseconds.
    private const long Earliest = -62_135_596_800_000_000;
    private const long Latest = 253_402_300_799_999_999;

    private readonly int _length;
    private byte[] _body;

    private CapturedBatch(byte[] body, int length) => (_body, _length) = (body, length);

    /// <summary>Whose rows these are.</summary>
    public PredictionHead Head { get; private set; } = null!;

    /// <summary>How many rows there are.</summary>
    public int Rows { get; private set; }

    /// <summary>Bytes of the body.</summary>
    public int Length => _length;

    /// <summary>Reads a body of a stated length.</summary>
    /// <exception cref="RejectedException">It is no batch of this form.</exception>
    public static async Task<CapturedBatch> ReadAsync(Stream body, int length, CancellationToken ct)
    {
        var batch = new CapturedBatch(ArrayPool<byte>.Shared.Rent(length), length);
        try
        {
            await body.ReadExactlyAsync(batch._body.AsMemory(0, length), ct);
            if (batch.Check() is { } rejection) throw new RejectedException(rejection);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Begins with the first row.</summary>
    public PredictionReader Read()
    {
        PredictionReader.TryOpenBatch(_body.AsSpan(0, _length), out _, out var reader);
        return reader;
    }

    /// <summary>The first and the newest event time of the rows that are not from later than a moment; null when all are.</summary>
    public (DateTimeOffset First, DateTimeOffset Newest)? TimesUntil(DateTimeOffset horizon)
    {
        var (first, newest, last) = (long.MaxValue, long.MinValue, EventSecond.Microseconds(horizon));
        var reader = Read();
        while (reader.TryRead(out var row))
        {
            if (row.EventTime > last) continue;
            first = Math.Min(first, row.EventTime);
            newest = Math.Max(newest, row.EventTime);
        }

        return newest == long.MinValue ? null : (DateTimeOffset.UnixEpoch.AddMicroseconds(first), DateTimeOffset.UnixEpoch.AddMicroseconds(newest));
    }

    public void Dispose()
    {
        if (_body.Length > 0) ArrayPool<byte>.Shared.Return(_body);
        _body = [];
    }

    private Rejection? Check()
    {
        if (!PredictionReader.TryOpenBatch(_body.AsSpan(0, _length), out var head, out var reader))
            return Rejection.Malformed("body.malformed", "The body is no batch of predictions.");
        Head = head;
        if (!Names.IsLabel(head.Endpoint)) return Rejection.Malformed("body.invalid", "The endpoint is no DNS label.", "endpoint");
        while (reader.TryRead(out var row))
        {
            Rows++;
            if (row.EventTime is < Earliest or > Latest) return Rejection.Malformed("body.invalid", $"The event time of row {Rows} is no moment of the years 1 to 9999.", "eventTime");
        }

        if (!reader.IsAtEnd) return Rejection.Malformed("body.malformed", $"The body is out of form after row {Rows}.");
        return Rows > MostRows ? Rejection.TooLarge("batch.too-large", $"A batch holds at most {MostRows} predictions.", "predictions") : null;
    }
}
