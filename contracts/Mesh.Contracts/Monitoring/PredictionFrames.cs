using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Mesh.Contracts.Monitoring;

/// <summary>
/// The body of <c>POST /internal/projects/{project}/predictions</c>, by which serving hands captured rows of one endpoint and one model to monitoring. It is made
/// once for each prediction, so it is framed, not JSON around JSON: nobody on the way has to parse what a row holds.
/// </summary>
/// <remarks>
/// All numbers little-endian; a text is its length in bytes (<c>i32</c>) and UTF-8, length -1 being none. Head: version (<c>u8</c>, 1), batch id (16 bytes,
/// big-endian as in RFC 9562), endpoint, model. Then rows to the end: event time (<c>i64</c>, microseconds since 1970-01-01 UTC), model version (<c>i32</c>),
/// latency in milliseconds (<c>f64</c>), request id, inputs and outputs, each the text of a JSON object.
/// </remarks>
public static class PredictionFrames
{
    /// <summary>Media type of the body.</summary>
    public const string ContentType = "application/vnd.mesh.predictions";

    internal const byte Version = 1;
    internal const int Numbers = sizeof(long) + sizeof(int) + sizeof(double);

    /// <summary>Begins a batch. One with the id of an earlier one changes nothing.</summary>
    public static void WriteHead(IBufferWriter<byte> to, Guid batch, string endpoint, string model)
    {
        var head = to.GetSpan(17);
        head[0] = Version;
        batch.TryWriteBytes(head[1..], bigEndian: true, out _);
        to.Advance(17);
        WriteText(to, endpoint);
        WriteText(to, model);
    }

    /// <summary>Adds a row.</summary>
    /// <param name="inputs">A JSON object in UTF-8: values by column.</param>
    /// <param name="outputs">A JSON object in UTF-8: values by column.</param>
    public static void WriteRow(
        IBufferWriter<byte> to, DateTimeOffset eventTime, int modelVersion, double latencyMs, string? requestId, ReadOnlySpan<byte> inputs, ReadOnlySpan<byte> outputs)
    {
        var numbers = to.GetSpan(Numbers);
        BinaryPrimitives.WriteInt64LittleEndian(numbers, (eventTime.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(long)..], modelVersion);
        BinaryPrimitives.WriteDoubleLittleEndian(numbers[(sizeof(long) + sizeof(int))..], latencyMs);
        to.Advance(Numbers);
        WriteText(to, requestId);
        WriteText(to, inputs);
        WriteText(to, outputs);
    }

    private static void WriteText(IBufferWriter<byte> to, string? text)
    {
        var length = text is null ? -1 : Encoding.UTF8.GetByteCount(text);
        var room = to.GetSpan(sizeof(int) + Math.Max(0, length));
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        if (text is not null) Encoding.UTF8.GetBytes(text, room[sizeof(int)..]);
        to.Advance(sizeof(int) + Math.Max(0, length));
    }

    private static void WriteText(IBufferWriter<byte> to, ReadOnlySpan<byte> utf8)
    {
        var room = to.GetSpan(sizeof(int) + utf8.Length);
        BinaryPrimitives.WriteInt32LittleEndian(room, utf8.Length);
        utf8.CopyTo(room[sizeof(int)..]);
        to.Advance(sizeof(int) + utf8.Length);
    }
}

/// <summary>One row of <see cref="PredictionFrames"/>, where it lies.</summary>
public readonly ref struct PredictionFrame
{
    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long EventTime { get; init; }

    /// <summary>Version of the model that answered.</summary>
    public required int ModelVersion { get; init; }

    /// <summary>Milliseconds that the answer took.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>Whether the request had an id.</summary>
    public required bool HasRequestId { get; init; }

    /// <summary>The request's id in UTF-8; empty without one.</summary>
    public required ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>A JSON object in UTF-8.</summary>
    public required ReadOnlySpan<byte> Inputs { get; init; }

    /// <summary>A JSON object in UTF-8.</summary>
    public required ReadOnlySpan<byte> Outputs { get; init; }
}

/// <summary>Reads <see cref="PredictionFrames"/>. The rows' texts are not looked into.</summary>
public ref struct PredictionFrameReader
{
    private ReadOnlySpan<byte> _rest;

    private PredictionFrameReader(ReadOnlySpan<byte> rest, Guid batch, string endpoint, string model)
    {
        _rest = rest;
        (Batch, Endpoint, Model) = (batch, endpoint, model);
    }

    /// <summary>Id of the batch.</summary>
    public Guid Batch { get; }

    /// <summary>Name of the endpoint.</summary>
    public string Endpoint { get; }

    /// <summary>Name of the model.</summary>
    public string Model { get; }

    /// <summary>Whether all rows were read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Reads the head; false when it is out of form.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> body, out PredictionFrameReader reader)
    {
        reader = default;
        if (body.Length < 17 || body[0] != PredictionFrames.Version) return false;
        var rest = body[17..];
        if (!TryText(ref rest, out var endpoint, out _) || !TryText(ref rest, out var model, out _)) return false;
        reader = new PredictionFrameReader(rest, new Guid(body[1..17], bigEndian: true), Encoding.UTF8.GetString(endpoint), Encoding.UTF8.GetString(model));
        return true;
    }

    /// <summary>Reads the next row; false at the end, or where the body is out of form: then <see cref="IsAtEnd"/> says so.</summary>
    public bool TryRead(out PredictionFrame row)
    {
        row = default;
        var rest = _rest;
        if (rest.Length < PredictionFrames.Numbers) return false;
        var numbers = rest[..PredictionFrames.Numbers];
        rest = rest[PredictionFrames.Numbers..];
        if (!TryText(ref rest, out var id, out var hasId) || !TryText(ref rest, out var inputs, out _) || !TryText(ref rest, out var outputs, out _)) return false;
        row = new PredictionFrame
        {
            EventTime = BinaryPrimitives.ReadInt64LittleEndian(numbers),
            ModelVersion = BinaryPrimitives.ReadInt32LittleEndian(numbers[sizeof(long)..]),
            LatencyMs = BinaryPrimitives.ReadDoubleLittleEndian(numbers[(sizeof(long) + sizeof(int))..]),
            HasRequestId = hasId,
            RequestId = id,
            Inputs = inputs,
            Outputs = outputs,
        };
        _rest = rest;
        return true;
    }

    private static bool TryText(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text, out bool isThere)
    {
        text = [];
        isThere = false;
        if (rest.Length < sizeof(int)) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length == -1) return true;
        if (length < 0 || length > rest.Length) return false;
        text = rest[..length];
        isThere = true;
        rest = rest[length..];
        return true;
    }
}
