using System.Buffers.Binary;
using System.Text;
using Mesh.Contracts.Artifacts;

namespace Mesh.Contracts.Monitoring;

/// <summary>An input or output of a model, as its values stand in captured rows.</summary>
/// <param name="IsScalar">A row has one value of it; else a list, row-major and of any length.</param>
public sealed record PredictionColumn(string Name, ColumnType Type, bool IsScalar = true)
{
    /// <summary>Bytes of one value; 0 where they differ.</summary>
    internal int ValueSize { get; } = Type switch { ColumnType.Bool => 1, ColumnType.Fp32 => sizeof(float), ColumnType.Int64 or ColumnType.Fp64 => sizeof(long), _ => 0 };
}

/// <summary>The columns of captured rows: first the inputs, then the outputs.</summary>
/// <remarks>
/// Encoded, little-endian: numbers of inputs and of outputs (<c>u16</c> each), then of each column its type (<c>u8</c>: 1 bool, 2 int64, 3 fp32, 4 fp64, 5 text; 128 more
/// for a list), the length of its name in bytes (<c>i32</c>), and the name in UTF-8.
/// </remarks>
public sealed class PredictionColumns
{
    private const byte List = 0x80;

    private readonly PredictionColumn[] _all;
    private readonly byte[] _encoded;

    /// <summary>Columns of the signature of a model.</summary>
    public PredictionColumns(IEnumerable<PredictionColumn> inputs, IEnumerable<PredictionColumn> outputs)
    {
        PredictionColumn[] first = [.. inputs];
        _all = [.. first, .. outputs];
        Inputs = first.Length;
        _encoded = Encode(_all, Inputs);
        RowSize = SizeOf(_all);
    }

    private PredictionColumns(PredictionColumn[] all, int inputs, byte[] encoded) => (_all, Inputs, _encoded, RowSize) = (all, inputs, encoded, SizeOf(all));

    /// <summary>All of them, the inputs first.</summary>
    public IReadOnlyList<PredictionColumn> All => _all;

    internal ReadOnlySpan<PredictionColumn> InOrder => _all;

    /// <summary>How many of them are inputs.</summary>
    public int Inputs { get; }

    /// <summary>The columns as bytes.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>Bytes of the values of any row; -1 where rows differ.</summary>
    internal int RowSize { get; }

    /// <summary>Reads the columns at the beginning of a text and moves it behind them. False: they are out of form.</summary>
    /// <param name="known">Columns that are likely the same: then these are given, and nothing is made.</param>
    internal static bool TryRead(scoped ref ReadOnlySpan<byte> from, PredictionColumns? known, out PredictionColumns columns)
    {
        // No encoding of columns begins another.
        if (known is not null && from.StartsWith(known._encoded))
        {
            columns = known;
            from = from[known._encoded.Length..];
            return true;
        }

        columns = null!;
        var rest = from;
        if (rest.Length < 2 * sizeof(ushort)) return false;
        var (inputs, outputs) = (BinaryPrimitives.ReadUInt16LittleEndian(rest), BinaryPrimitives.ReadUInt16LittleEndian(rest[sizeof(ushort)..]));
        rest = rest[(2 * sizeof(ushort))..];
        var all = new PredictionColumn[inputs + outputs];
        for (var i = 0; i < all.Length; i++)
        {
            if (rest.IsEmpty || TypeOf((byte)(rest[0] & ~List)) is not { } type) return false;
            var isScalar = (rest[0] & List) == 0;
            rest = rest[1..];
            if (!PredictionText.TryRead(ref rest, out var name)) return false;
            all[i] = new PredictionColumn(Encoding.UTF8.GetString(name), type, isScalar);
        }

        columns = new PredictionColumns(all, inputs, from[..^rest.Length].ToArray());
        from = rest;
        return true;
    }

    private static byte[] Encode(PredictionColumn[] columns, int inputs)
    {
        var bytes = new byte[(2 * sizeof(ushort)) + columns.Sum(column => 1 + sizeof(int) + Encoding.UTF8.GetByteCount(column.Name))];
        var to = bytes.AsSpan();
        BinaryPrimitives.WriteUInt16LittleEndian(to, checked((ushort)inputs));
        BinaryPrimitives.WriteUInt16LittleEndian(to[sizeof(ushort)..], checked((ushort)(columns.Length - inputs)));
        to = to[(2 * sizeof(ushort))..];
        foreach (var column in columns)
        {
            to[0] = (byte)(CodeOf(column.Type) | (column.IsScalar ? 0 : List));
            var length = Encoding.UTF8.GetBytes(column.Name, to[(1 + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(to[1..], length);
            to = to[(1 + sizeof(int) + length)..];
        }

        return bytes;
    }

    private static int SizeOf(PredictionColumn[] columns)
    {
        var size = 0;
        foreach (var column in columns)
        {
            if (!column.IsScalar || column.ValueSize == 0) return -1;
            size += column.ValueSize;
        }

        return size;
    }

    private static byte CodeOf(ColumnType type) => type switch
    {
        ColumnType.Bool => 1,
        ColumnType.Int64 => 2,
        ColumnType.Fp32 => 3,
        ColumnType.Fp64 => 4,
        ColumnType.Bytes => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static ColumnType? TypeOf(byte code) => code switch
    {
        1 => ColumnType.Bool,
        2 => ColumnType.Int64,
        3 => ColumnType.Fp32,
        4 => ColumnType.Fp64,
        5 => ColumnType.Bytes,
        _ => null,
    };
}
