using System.Collections.Frozen;
using Mesh.Contracts.Artifacts;

namespace Mesh.Serving.Tensors;

/// <summary>Datatypes of the Open Inference Protocol that JSON can carry (FP16 and BF16 exist in the binary form only).</summary>
internal enum Datatype
{
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp32,
    Fp64,
    Bytes,
}

/// <summary>Names, ranges and compatibility of datatypes.</summary>
internal static class Datatypes
{
    private static readonly FrozenDictionary<string, Datatype> ByName =
        Enum.GetValues<Datatype>().ToFrozenDictionary(type => type.ToString().ToUpperInvariant(), StringComparer.Ordinal);

    /// <summary>The datatype of that name, such as <c>FP32</c>; null when JSON cannot carry it or there is none.</summary>
    public static Datatype? Parse(string name) => ByName.TryGetValue(name, out var type) ? type : null;

    /// <summary>The protocol's name of a column type.</summary>
    public static string NameOf(ColumnType type) => type switch
    {
        ColumnType.Bool => "BOOL",
        ColumnType.Int64 => "INT64",
        ColumnType.Fp32 => "FP32",
        ColumnType.Fp64 => "FP64",
        ColumnType.Bytes => "BYTES",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The datatype that a column has by itself.</summary>
    public static Datatype Of(ColumnType type) => type switch
    {
        ColumnType.Bool => Datatype.Bool,
        ColumnType.Int64 => Datatype.Int64,
        ColumnType.Fp32 => Datatype.Fp32,
        ColumnType.Fp64 => Datatype.Fp64,
        ColumnType.Bytes => Datatype.Bytes,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>
    /// Whether values sent as <paramref name="sent"/> can fill a column: any number fills a floating column (clients send FP64 and integers for what the
    /// model takes as FP32), any integer an integer column; truth values and texts stay among themselves.
    /// </summary>
    public static bool Fills(this Datatype sent, ColumnType column) => column switch
    {
        ColumnType.Bool => sent is Datatype.Bool,
        ColumnType.Int64 => sent.IsInteger(),
        ColumnType.Fp32 or ColumnType.Fp64 => sent.IsInteger() || sent is Datatype.Fp32 or Datatype.Fp64,
        ColumnType.Bytes => sent is Datatype.Bytes,
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    /// <summary>Whether it is one of the integer types.</summary>
    public static bool IsInteger(this Datatype type) => type is >= Datatype.Uint8 and <= Datatype.Int64;

    /// <summary>Whether an integer lies in the range of an integer type; UINT64 above the range of INT64 is not served.</summary>
    public static bool Holds(this Datatype type, long value) => type switch
    {
        Datatype.Uint8 => value is >= byte.MinValue and <= byte.MaxValue,
        Datatype.Uint16 => value is >= ushort.MinValue and <= ushort.MaxValue,
        Datatype.Uint32 => value is >= uint.MinValue and <= uint.MaxValue,
        Datatype.Uint64 => value >= 0,
        Datatype.Int8 => value is >= sbyte.MinValue and <= sbyte.MaxValue,
        Datatype.Int16 => value is >= short.MinValue and <= short.MaxValue,
        Datatype.Int32 => value is >= int.MinValue and <= int.MaxValue,
        _ => true,
    };
}
