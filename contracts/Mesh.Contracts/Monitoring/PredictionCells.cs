using System.Buffers.Binary;
using System.Text.Json;
using Mesh.Contracts.Artifacts;

namespace Mesh.Contracts.Monitoring;

/// <summary>Goes through the columns of one row, the inputs first.</summary>
public ref struct PredictionCells
{
    private readonly PredictionColumns _columns;
    private ReadOnlySpan<byte> _rest;
    private int _next;

    internal PredictionCells(ReadOnlySpan<byte> values, PredictionColumns columns)
    {
        _rest = values;
        _columns = columns;
    }

    /// <summary>Whether each column was read, and nothing is left.</summary>
    internal readonly bool IsAtEnd => _rest.IsEmpty && _next == _columns.InOrder.Length;

    /// <summary>The next column's values; false after the last.</summary>
    public bool TryRead(out PredictionCell cell)
    {
        cell = default;
        var columns = _columns.InOrder;
        if (_next >= columns.Length) return false;
        var column = columns[_next];
        var rest = _rest;
        var count = 1;
        if (!column.IsScalar)
        {
            if (rest.Length < sizeof(int)) return false;
            count = BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = rest[sizeof(int)..];
            // A value takes a byte at least, a text the four of its length.
            if (count < 0 || count > rest.Length) return false;
        }

        var values = rest;
        if (column.ValueSize > 0)
        {
            if ((long)count * column.ValueSize > rest.Length) return false;
            rest = rest[(count * column.ValueSize)..];
        }
        else
        {
            for (var i = 0; i < count; i++)
                if (!PredictionText.TryRead(ref rest, out _)) return false;
        }

        cell = new PredictionCell(column, count, values[..^rest.Length]);
        _rest = rest;
        _next++;
        return true;
    }
}

/// <summary>What a row has of one column.</summary>
public readonly ref struct PredictionCell
{
    private readonly ReadOnlySpan<byte> _values;

    internal PredictionCell(PredictionColumn column, int count, ReadOnlySpan<byte> values)
    {
        Column = column;
        Count = count;
        _values = values;
    }

    /// <summary>The column.</summary>
    public PredictionColumn Column { get; }

    /// <summary>Values in the row: 1 of a scalar.</summary>
    public int Count { get; }

    /// <summary>The only value as a number, a truth value as 1 or 0, a missing one as NaN; false for texts, and for a list of any other length than 1.</summary>
    public bool TryGetNumber(out double number)
    {
        number = double.NaN;
        if (Count != 1 || Column.Type == ColumnType.Bytes) return false;
        number = NumberAt(0);
        return true;
    }

    /// <summary>The only value as a text in UTF-8; false for numbers and truth values, and for a list of any other length than 1.</summary>
    public bool TryGetText(out ReadOnlySpan<byte> text)
    {
        text = [];
        var values = _values;
        return Count == 1 && Column.Type == ColumnType.Bytes && PredictionText.TryRead(ref values, out text);
    }

    /// <summary>Writes it as JSON, a list as an array. What JSON cannot say (not a number, infinite) becomes null.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        if (!Column.IsScalar) writer.WriteStartArray();
        var texts = _values;
        for (var i = 0; i < Count; i++)
        {
            switch (Column.Type)
            {
                case ColumnType.Bytes when PredictionText.TryRead(ref texts, out var text):
                    writer.WriteStringValue(text);
                    break;
                case ColumnType.Bool:
                    writer.WriteBooleanValue(_values[i] != 0);
                    break;
                case ColumnType.Int64:
                    writer.WriteNumberValue(IntegerAt(i));
                    break;
                case ColumnType.Fp32 when SingleAt(i) is var single && float.IsFinite(single):
                    // As itself: its shortest text as a double is another.
                    writer.WriteNumberValue(single);
                    break;
                case ColumnType.Fp64 when NumberAt(i) is var number && double.IsFinite(number):
                    writer.WriteNumberValue(number);
                    break;
                default:
                    writer.WriteNullValue();
                    break;
            }
        }

        if (!Column.IsScalar) writer.WriteEndArray();
    }

    private double NumberAt(int index) => Column.Type switch
    {
        ColumnType.Bool => _values[index] != 0 ? 1 : 0,
        ColumnType.Int64 => IntegerAt(index),
        ColumnType.Fp32 => SingleAt(index),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(_values[(index * sizeof(double))..]),
    };

    private long IntegerAt(int index) => BinaryPrimitives.ReadInt64LittleEndian(_values[(index * sizeof(long))..]);

    private float SingleAt(int index) => BinaryPrimitives.ReadSingleLittleEndian(_values[(index * sizeof(float))..]);
}
