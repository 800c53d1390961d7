using System.Runtime.InteropServices;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Whether the batches of an Arrow file are what they claim to be. DuckDB takes them as they are, and would read whatever memory a wrong offset or a
/// short buffer leads it to: so every offset, index and length is looked at once, before it sees them.
/// </summary>
internal static class ArrowCheck
{
    private const int MostDepth = 24;

    /// <exception cref="InvalidDataException">The file is damaged, or holds types that cannot be read.</exception>
    public static void Require(string path, bool isStream, CancellationToken ct)
    {
        try
        {
            using var reader = Open(path, isStream);
            foreach (var field in reader.Schema.FieldsList) Type(field.DataType, 0);
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                using (batch)
                {
                    ct.ThrowIfCancellationRequested();
                    if (batch.ColumnCount != reader.Schema.FieldsList.Count) throw new InvalidDataException("a batch has another number of columns");
                    foreach (var column in batch.Arrays)
                    {
                        if (column.Length != batch.Length) throw new InvalidDataException("columns of a batch differ in length");
                        Array(column.Data, 0);
                    }
                }
            }
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException or FileNotFoundException or DirectoryNotFoundException))
        {
            // The reader meets damage with whatever exception its bytes lead to.
            throw new InvalidDataException($"The Arrow file is damaged or holds what cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Opens a file or a stream of batches.</summary>
    public static ArrowStreamReader Open(string path, bool isStream)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return isStream ? new ArrowStreamReader(file) : new ArrowFileReader(file);
    }

    private static void Type(IArrowType type, int depth)
    {
        if (depth > MostDepth) throw new InvalidDataException($"types are nested deeper than {MostDepth}");
        var isKnown = type.TypeId is ArrowTypeId.Null or ArrowTypeId.Boolean or ArrowTypeId.Int8 or ArrowTypeId.Int16 or ArrowTypeId.Int32 or ArrowTypeId.Int64 or ArrowTypeId.UInt8 or ArrowTypeId.UInt16
            or ArrowTypeId.UInt32 or ArrowTypeId.UInt64 or ArrowTypeId.Float or ArrowTypeId.Double or ArrowTypeId.String or ArrowTypeId.Binary or ArrowTypeId.FixedSizedBinary or ArrowTypeId.Date32 or ArrowTypeId.Date64
            or ArrowTypeId.Time32 or ArrowTypeId.Time64 or ArrowTypeId.Timestamp or ArrowTypeId.Duration or ArrowTypeId.Decimal128 or ArrowTypeId.LargeString or ArrowTypeId.LargeBinary or ArrowTypeId.List
            or ArrowTypeId.LargeList or ArrowTypeId.FixedSizeList or ArrowTypeId.Struct or ArrowTypeId.Map or ArrowTypeId.Dictionary;
        if (!isKnown) throw new InvalidDataException($"values of type {type.Name} are not read");
        if (type is NestedType nested)
            foreach (var field in nested.Fields) Type(field.DataType, depth + 1);
        if (type is DictionaryType dictionary) Type(dictionary.ValueType, depth + 1);
    }

    private static void Array(ArrayData data, int depth)
    {
        if (depth > MostDepth) throw new InvalidDataException("values are nested too deep");
        Require(data.Length >= 0 && data.Offset >= 0, "a length is negative");
        var end = (long)data.Length + data.Offset;
        if (data.DataType.TypeId == ArrowTypeId.Null) return;
        var validity = data.Buffers[0];
        Require(validity.IsEmpty ? data.NullCount <= 0 : validity.Length >= Bytes(end, 1), "what says which values are missing is too short");
        switch (data.DataType)
        {
            case DictionaryType { IndexType: FixedWidthType index }:
                Require(data.Buffers[1].Length >= Bytes(end, index.BitWidth), "a column is shorter than it says");
                Require(data.Dictionary is not null, "a dictionary is missing");
                // Checked above: it is there.
                Array(data.Dictionary!, depth + 1);
                Indices(data, index);
                break;
            case FixedWidthType fixedWidth:
                Require(data.Buffers[1].Length >= Bytes(end, fixedWidth.BitWidth), "a column is shorter than it says");
                break;
            case StringType or BinaryType:
                Values(data, Offsets<int>(data, end, data.Buffers[2].Length), data.DataType is StringType);
                break;
            case LargeStringType or LargeBinaryType:
                Values(data, Offsets<long>(data, end, data.Buffers[2].Length), data.DataType is LargeStringType);
                break;
            case ListType or MapType:
                Offsets<int>(data, end, data.Children[0].Length);
                break;
            case LargeListType:
                Offsets<long>(data, end, data.Children[0].Length);
                break;
            case FixedSizeListType list:
                Require(list.ListSize >= 0 && data.Children[0].Length >= end * list.ListSize, "a list is shorter than it says");
                break;
            case StructType structure:
                Require(data.Children.Length == structure.Fields.Count && data.Children.All(child => child.Length >= end), "a structure is shorter than it says");
                break;
            default:
                throw new InvalidDataException($"values of type {data.DataType.Name} are not read");
        }

        foreach (var child in data.Children ?? []) Array(child, depth + 1);
    }

    private static ReadOnlySpan<T> Offsets<T>(ArrayData data, long end, long most) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        if (end == 0) return [];
        var all = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span);
        Require(all.Length > end, "the offsets of a column are too few");
        var offsets = all.Slice(data.Offset, data.Length + 1);
        var before = T.Zero;
        foreach (var offset in offsets)
        {
            Require(offset >= before, "the offsets of a column go back");
            before = offset;
        }

        Require(long.CreateChecked(before) <= most, "the offsets of a column lead out of it");
        return offsets;
    }

    private static void Values<T>(ArrayData data, ReadOnlySpan<T> offsets, bool isText) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        if (!isText) return;
        var bytes = data.Buffers[2].Span;
        for (var i = 0; i + 1 < offsets.Length; i++)
            Require(Utf8.IsValid(bytes[int.CreateChecked(offsets[i])..int.CreateChecked(offsets[i + 1])]), "text is not UTF-8");
    }

    private static void Indices(ArrayData data, FixedWidthType index)
    {
        var width = index.BitWidth / 8;
        var bytes = data.Buffers[1].Span;
        var validity = data.Buffers[0].Span;
        for (var i = data.Offset; i < data.Offset + data.Length; i++)
        {
            if (!validity.IsEmpty && !BitUtility.GetBit(validity, i)) continue;
            // Little-endian, as all that is read here; a negative index is a large one.
            ulong at = 0;
            for (var b = width - 1; b >= 0; b--) at = (at << 8) | bytes[(i * width) + b];
            Require(at < (ulong)data.Dictionary!.Length, "an index leads out of its dictionary");
        }
    }

    private static long Bytes(long count, int bits) => checked((count * bits) + 7) / 8;

    private static void Require(bool holds, string fault)
    {
        if (!holds) throw new InvalidDataException(fault);
    }
}
