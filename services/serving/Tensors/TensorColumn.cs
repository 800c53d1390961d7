using System.Buffers;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Serving.Tensors;

/// <summary>The values of one input or output for all rows of a request, row-major, in a buffer that is used again.</summary>
internal abstract class TensorColumn(TensorSpec spec)
{
    private const int MaxRank = 8;

    private readonly long[] _rowShape = new long[MaxRank];
    private int _rowRank;

    public TensorSpec Spec { get; } = spec;

    public int Rows { get; private set; }

    /// <summary>Values in one row.</summary>
    public int Width { get; private set; }

    public int Count => Rows * Width;

    /// <summary>Whether the request gave this column its values.</summary>
    public bool IsFilled { get; set; }

    /// <summary>Shape of one row, with every dimension known.</summary>
    public ReadOnlySpan<long> RowShape => _rowShape.AsSpan(0, _rowRank);

    /// <summary>Memory that the buffer holds on to, in bytes.</summary>
    public abstract long Capacity { get; }

    /// <summary>Makes room for the values. What they are is undefined until written.</summary>
    public void Resize(int rows, ReadOnlySpan<long> rowShape)
    {
        rowShape.CopyTo(_rowShape);
        _rowRank = rowShape.Length;
        var width = 1L;
        foreach (var dimension in rowShape) width = checked(width * dimension);
        (Rows, Width) = (rows, checked((int)width));
        Reserve(checked(rows * Width));
    }

    /// <summary>Reads one JSON value to a place.</summary>
    /// <returns>A sentence that says what would be right, null when it was read.</returns>
    public abstract string? Read(ref Utf8JsonReader reader, Datatype sent, int index);

    /// <summary>Writes one value as JSON. What JSON cannot say (not a number, infinite) becomes null.</summary>
    public abstract void Write(Utf8JsonWriter writer, int index);

    /// <summary>Writes the values of one row as they are captured, see <see cref="PredictionValues"/>.</summary>
    public abstract void Capture(IBufferWriter<byte> to, int row);

    /// <summary>Sets all values to zero, false or the empty text.</summary>
    public abstract void Clear();

    public static TensorColumn Create(TensorSpec spec) => spec.Type switch
    {
        ColumnType.Bool => new BoolColumn(spec),
        ColumnType.Int64 => new Int64Column(spec),
        ColumnType.Fp32 => new SingleColumn(spec),
        ColumnType.Fp64 => new DoubleColumn(spec),
        ColumnType.Bytes => new TextColumn(spec),
        _ => throw new ArgumentOutOfRangeException(nameof(spec)),
    };

    protected abstract void Reserve(int count);
}

/// <summary>A column with values of one type.</summary>
internal abstract class TensorColumn<T>(TensorSpec spec) : TensorColumn(spec)
{
    /// <summary>The buffer; only the first <see cref="TensorColumn.Count"/> values mean anything.</summary>
    public T[] Buffer { get; private set; } = [];

    public Span<T> Values => Buffer.AsSpan(0, Count);

    protected ReadOnlySpan<T> RowAt(int row) => Buffer.AsSpan(row * Width, Width);

    protected override void Reserve(int count)
    {
        if (Buffer.Length < count) Buffer = new T[Math.Max(count, Math.Min(Buffer.Length * 2, 1 << 16))];
    }
}

internal sealed class SingleColumn(TensorSpec spec) : TensorColumn<float>(spec)
{
    public override long Capacity => Buffer.Length * sizeof(float);

    public override string? Read(ref Utf8JsonReader reader, Datatype sent, int index)
    {
        if (reader.TokenType is JsonTokenType.Null)
        {
            Buffer[index] = float.NaN;
            return null;
        }

        if (reader.TokenType is not JsonTokenType.Number) return "must be a number, or null where the value is missing.";
        if (sent.IsInteger() && (!reader.TryGetInt64(out var integer) || !sent.Holds(integer))) return Faulty.Integer(sent);
        if (!reader.TryGetSingle(out var value) || !float.IsFinite(value)) return "must be a number within the range of FP32.";
        Buffer[index] = value;
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int index)
    {
        var value = Buffer[index];
        if (float.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }

    public override void Capture(IBufferWriter<byte> to, int row) => PredictionValues.Write(to, RowAt(row), Spec.IsScalar);

    public override void Clear() => Values.Clear();
}

internal sealed class DoubleColumn(TensorSpec spec) : TensorColumn<double>(spec)
{
    public override long Capacity => Buffer.Length * sizeof(double);

    public override string? Read(ref Utf8JsonReader reader, Datatype sent, int index)
    {
        if (reader.TokenType is JsonTokenType.Null)
        {
            Buffer[index] = double.NaN;
            return null;
        }

        if (reader.TokenType is not JsonTokenType.Number) return "must be a number, or null where the value is missing.";
        if (sent.IsInteger() && (!reader.TryGetInt64(out var integer) || !sent.Holds(integer))) return Faulty.Integer(sent);
        if (!reader.TryGetDouble(out var value) || !double.IsFinite(value)) return "must be a number within the range of FP64.";
        Buffer[index] = value;
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int index)
    {
        var value = Buffer[index];
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }

    public override void Capture(IBufferWriter<byte> to, int row) => PredictionValues.Write(to, RowAt(row), Spec.IsScalar);

    public override void Clear() => Values.Clear();
}

internal sealed class Int64Column(TensorSpec spec) : TensorColumn<long>(spec)
{
    public override long Capacity => Buffer.Length * sizeof(long);

    public override string? Read(ref Utf8JsonReader reader, Datatype sent, int index)
    {
        if (reader.TokenType is not JsonTokenType.Number || !reader.TryGetInt64(out var value) || !sent.Holds(value)) return Faulty.Integer(sent);
        Buffer[index] = value;
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int index) => writer.WriteNumberValue(Buffer[index]);

    public override void Capture(IBufferWriter<byte> to, int row) => PredictionValues.Write(to, RowAt(row), Spec.IsScalar);

    public override void Clear() => Values.Clear();
}

internal sealed class BoolColumn(TensorSpec spec) : TensorColumn<bool>(spec)
{
    public override long Capacity => Buffer.Length;

    public override string? Read(ref Utf8JsonReader reader, Datatype sent, int index)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return "must be true or false.";
        Buffer[index] = reader.TokenType is JsonTokenType.True;
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int index) => writer.WriteBooleanValue(Buffer[index]);

    public override void Capture(IBufferWriter<byte> to, int row) => PredictionValues.Write(to, RowAt(row), Spec.IsScalar);

    public override void Clear() => Values.Clear();
}

internal sealed class TextColumn(TensorSpec spec) : TensorColumn<string>(spec)
{
    public override long Capacity => Buffer.Length * IntPtr.Size;

    public override string? Read(ref Utf8JsonReader reader, Datatype sent, int index)
    {
        if (reader.TokenType is not JsonTokenType.String) return "must be a text.";
        Buffer[index] = reader.GetString() ?? "";
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int index) => writer.WriteStringValue(Buffer[index]);

    public override void Capture(IBufferWriter<byte> to, int row) => PredictionValues.Write(to, RowAt(row), Spec.IsScalar);

    public override void Clear() => Values.Fill("");

    /// <summary>Lets go of the texts, which are not ours to keep alive.</summary>
    public void Forget() => Array.Clear(Buffer);
}

internal static class Faulty
{
    public static string Integer(Datatype sent) =>
        $"must be an integer within the range of {(sent is Datatype.Uint64 ? "INT64, from 0" : sent.ToString().ToUpperInvariant())}.";
}
