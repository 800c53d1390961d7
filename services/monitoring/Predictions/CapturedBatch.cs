using System.Buffers;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Monitoring.Predictions;

/// <summary>The event times that still have a window: from the first moment on, up to and with the last.</summary>
internal readonly record struct EventSpan(DateTimeOffset From, DateTimeOffset To)
{
    public bool Holds(long microseconds) => microseconds >= Microseconds(From) && microseconds <= Microseconds(To);

    private static long Microseconds(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}

/// <summary>How many rows of a version a batch holds, and the first and newest event time of those that are not from too far ahead.</summary>
internal readonly record struct VersionRows(int Count, DateTimeOffset? First, DateTimeOffset? Newest);

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

    /// <summary>Id of the batch.</summary>
    public Guid Id { get; private set; }

    /// <summary>Name of the endpoint.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>Name of the model.</summary>
    public string Model { get; private set; } = "";

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
    public PredictionFrameReader Read()
    {
        PredictionFrameReader.TryOpen(_body.AsSpan(0, _length), out var reader);
        return reader;
    }

    /// <summary>What the batch holds of each version, in the order of the versions, so that two batches lock them in the same order.</summary>
    /// <param name="horizon">Rows from later than this give no event time.</param>
    public IReadOnlyDictionary<int, VersionRows> VersionsUntil(DateTimeOffset horizon)
    {
        var versions = new SortedDictionary<int, VersionRows>();
        var reader = Read();
        while (reader.TryRead(out var row))
        {
            var known = versions.GetValueOrDefault(row.ModelVersion);
            var time = DateTimeOffset.UnixEpoch.AddMicroseconds(row.EventTime);
            versions[row.ModelVersion] = time > horizon
                ? known with { Count = known.Count + 1 }
                : new VersionRows(known.Count + 1, known.First < time ? known.First : time, known.Newest > time ? known.Newest : time);
        }

        return versions;
    }

    /// <summary>How many rows of a version lie outside of a span.</summary>
    public int CountOutside(int version, EventSpan span)
    {
        var count = 0;
        var reader = Read();
        while (reader.TryRead(out var row))
            if (row.ModelVersion == version && !span.Holds(row.EventTime)) count++;
        return count;
    }

    public void Dispose()
    {
        if (_body.Length > 0) ArrayPool<byte>.Shared.Return(_body);
        _body = [];
    }

    private Rejection? Check()
    {
        if (!PredictionFrameReader.TryOpen(_body.AsSpan(0, _length), out var reader)) return Rejection.Malformed("body.malformed", "The body is no batch of predictions.");
        (Id, Endpoint, Model) = (reader.Batch, reader.Endpoint, reader.Model);
        if (!Names.IsLabel(Endpoint)) return Rejection.Malformed("body.invalid", "The endpoint is no DNS label.", "endpoint");
        while (reader.TryRead(out var row))
        {
            Rows++;
            if (row.EventTime is < Earliest or > Latest) return Rejection.Malformed("body.invalid", $"The event time of row {Rows} is no moment of the years 1 to 9999.", "eventTime");
        }

        if (!reader.IsAtEnd) return Rejection.Malformed("body.malformed", $"The body is out of form after row {Rows}.");
        return Rows > MostRows ? Rejection.TooLarge("batch.too-large", $"A batch holds at most {MostRows} predictions.", "predictions") : null;
    }
}
