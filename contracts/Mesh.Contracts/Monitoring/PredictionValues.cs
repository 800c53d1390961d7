using System.Buffers;
using System.Buffers.Binary;

namespace Mesh.Contracts.Monitoring;

/// <summary>
/// Writes the values that a row has of one column: a scalar as its bytes (<c>bool</c> one, <c>i64</c>, <c>f32</c>, <c>f64</c>, little-endian; a text behind its length), a list behind
/// the number of its values (<c>i32</c>).
/// </summary>
public static class PredictionValues
{
    /// <summary>Writes truth values.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<bool> values, bool isScalar)
    {
        var room = Room(to, values.Length, 1, isScalar);
        for (var i = 0; i < values.Length; i++) room[i] = values[i] ? (byte)1 : (byte)0;
    }

    /// <summary>Writes integers.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<long> values, bool isScalar)
    {
        var room = Room(to, values.Length, sizeof(long), isScalar);
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(room[(i * sizeof(long))..], values[i]);
    }

    /// <summary>Writes numbers; NaN stands for a missing one.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<float> values, bool isScalar)
    {
        var room = Room(to, values.Length, sizeof(float), isScalar);
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(room[(i * sizeof(float))..], values[i]);
    }

    /// <summary>Writes numbers; NaN stands for a missing one.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<double> values, bool isScalar)
    {
        var room = Room(to, values.Length, sizeof(double), isScalar);
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(room[(i * sizeof(double))..], values[i]);
    }

    /// <summary>Writes texts.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<string> values, bool isScalar)
    {
        Room(to, values.Length, 0, isScalar);
        foreach (var value in values) PredictionText.Write(to, value);
    }

    // Room for the values, behind their number where it is not one.
    private static Span<byte> Room(IBufferWriter<byte> to, int count, int size, bool isScalar)
    {
        var head = isScalar ? 0 : sizeof(int);
        var length = head + (count * size);
        if (length == 0) return [];
        var room = to.GetSpan(length);
        if (!isScalar) BinaryPrimitives.WriteInt32LittleEndian(room, count);
        to.Advance(length);
        return room[head..];
    }
}
