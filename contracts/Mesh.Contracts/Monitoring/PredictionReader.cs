using System.Buffers.Binary;
using System.Text;

namespace Mesh.Contracts.Monitoring;

/// <summary>What the head of a batch says.</summary>
public sealed record PredictionHead(Guid Batch, string Endpoint, string Model, int ModelVersion);

/// <summary>Reads the rows of a batch or a segment of <see cref="PredictionFrames"/> where they lie.</summary>
public ref struct PredictionReader
{
    private ReadOnlySpan<byte> _rest;

    private PredictionReader(ReadOnlySpan<byte> rows, PredictionColumns columns)
    {
        _rest = rows;
        Columns = columns;
    }

    /// <summary>The columns of all rows.</summary>
    public PredictionColumns Columns { get; }

    /// <summary>The rows that were not read yet, one behind the other.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Whether all rows were read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Reads the head and the columns of a batch; false when they are out of form.</summary>
    public static bool TryOpenBatch(ReadOnlySpan<byte> batch, out PredictionHead head, out PredictionReader reader)
    {
        head = null!;
        reader = default;
        if (batch.Length < 17 || batch[0] != PredictionFrames.Version) return false;
        var rest = batch[17..];
        if (!PredictionText.TryRead(ref rest, out var endpoint) || !PredictionText.TryRead(ref rest, out var model) || rest.Length < sizeof(int)) return false;
        var version = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (!PredictionColumns.TryRead(ref rest, null, out var columns)) return false;
        head = new PredictionHead(new Guid(batch[1..17], bigEndian: true), Encoding.UTF8.GetString(endpoint), Encoding.UTF8.GetString(model), version);
        reader = new PredictionReader(rest, columns);
        return true;
    }

    /// <summary>Reads the columns of a segment; false when they are out of form.</summary>
    /// <param name="known">The columns of another segment, likely the same.</param>
    public static bool TryOpenSegment(ReadOnlySpan<byte> segment, PredictionColumns? known, out PredictionReader reader)
    {
        reader = default;
        if (segment.IsEmpty || segment[0] != PredictionFrames.Version) return false;
        var rest = segment[1..];
        if (!PredictionColumns.TryRead(ref rest, known, out var columns)) return false;
        reader = new PredictionReader(rest, columns);
        return true;
    }

    /// <summary>Reads the next row; false at the end, or where the rows are out of form: then <see cref="IsAtEnd"/> says so.</summary>
    public bool TryRead(out PredictionRow row)
    {
        row = default;
        var rest = _rest;
        if (!PredictionText.TryRead(ref rest, out var content) || content.Length < PredictionFrames.Numbers + sizeof(int)) return false;
        var values = content[PredictionFrames.Numbers..];
        ReadOnlySpan<byte> id = [];
        var hasId = BinaryPrimitives.ReadInt32LittleEndian(values) != PredictionText.Absent;
        if (!hasId) values = values[sizeof(int)..];
        else if (!PredictionText.TryRead(ref values, out id)) return false;
        row = new PredictionRow(_rest[..^rest.Length], values, Columns)
        {
            EventTime = BinaryPrimitives.ReadInt64LittleEndian(content),
            LatencyMs = BinaryPrimitives.ReadDoubleLittleEndian(content[sizeof(long)..]),
            HasRequestId = hasId,
            RequestId = id,
        };
        if (!row.IsSound()) return false;
        _rest = rest;
        return true;
    }
}

/// <summary>One captured row, where it lies.</summary>
public readonly ref struct PredictionRow
{
    private readonly ReadOnlySpan<byte> _values;
    private readonly PredictionColumns _columns;

    internal PredictionRow(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> values, PredictionColumns columns)
    {
        Whole = whole;
        _values = values;
        _columns = columns;
    }

    /// <summary>The row as it stands in a batch, its length included.</summary>
    public ReadOnlySpan<byte> Whole { get; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long EventTime { get; init; }

    /// <summary>Milliseconds that the answer took.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>Whether the request had an id.</summary>
    public required bool HasRequestId { get; init; }

    /// <summary>The request's id in UTF-8; empty without one.</summary>
    public required ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>Begins with the first column.</summary>
    public PredictionCells Cells() => new(_values, _columns);

    internal bool IsSound()
    {
        if (_columns.RowSize >= 0) return _values.Length == _columns.RowSize;
        var cells = Cells();
        while (cells.TryRead(out _))
        {
        }

        return cells.IsAtEnd;
    }
}
