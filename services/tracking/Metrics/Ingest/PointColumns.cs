using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Types;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>The columns of a record batch with points.</summary>
internal sealed class PointColumns
{
    private const int MostNameBytes = 250 * 4;

    private readonly Func<int, string?> _name;
    private readonly Func<int, double?> _value;
    private readonly Func<int, long?>? _step;
    private readonly Func<int, DateTimeOffset?>? _time;

    private PointColumns(Func<int, string?> name, Func<int, double?> value, Func<int, long?>? step, Func<int, DateTimeOffset?>? time) =>
        (_name, _value, _step, _time) = (name, value, step, time);

    /// <summary>Finds the columns; or says what is wrong with them.</summary>
    public static (PointColumns? Columns, string? Fault) Of(RecordBatch batch, PointParser parser)
    {
        var fields = batch.Schema.FieldsList;
        if (fields.FirstOrDefault(field => field.Name is not ("name" or "value" or "step" or "time")) is { } unknown)
            return (null, $"There is no column '{unknown.Name}' here. There are: name, value, step, time.");
        if (fields.GroupBy(field => field.Name).FirstOrDefault(same => same.Count() > 1) is { } twice) return (null, $"Column '{twice.Key}' is there twice.");
        if (Column("name") is not { } names || Names(names, parser) is not { } name) return (null, "There must be a column 'name' of texts, plain or as a dictionary.");
        if (Column("value") is not { } values || Doubles(values) is not { } value) return (null, "There must be a column 'value' of floating-point numbers or integers.");
        if (Steps(Column("step")) is not (var step, true)) return (null, "Column 'step' must be of signed integers.");
        if (Times(Column("time")) is not (var time, true)) return (null, "Column 'time' must be of timestamps.");
        return (new PointColumns(name, value, step, time), null);

        IArrowArray? Column(string called) => fields.Any(field => field.Name == called) ? batch.Column(called) : null;
    }

    /// <summary>The point of a row; or what is wrong with it.</summary>
    public (MetricPoint? Point, string? Fault) Read(int row)
    {
        if (_name(row) is not { } name) return (null, PointFaults.Name);
        return _value(row) is { } value ? (new MetricPoint(name, value, _step?.Invoke(row) ?? 0, _time?.Invoke(row)), null) : (null, "must have a value.");
    }

    private static Func<int, string?>? Names(IArrowArray array, PointParser parser) => array switch
    {
        StringArray texts => row => texts.IsNull(row) ? null : Name(texts.GetBytes(row), parser),
        LargeStringArray texts => row => texts.IsNull(row) ? null : Name(texts.GetBytes(row), parser),
        DictionaryArray { Dictionary: StringArray or LargeStringArray } words when Names(words.Dictionary, parser) is { } word && Integers(words.Indices) is { } index =>
            row => index(row) is { } at ? word(checked((int)at)) : null,
        _ => null,
    };

    private static string? Name(ReadOnlySpan<byte> utf8, PointParser parser)
    {
        if (utf8.Length > MostNameBytes) return null;
        Span<char> text = stackalloc char[MostNameBytes];
        return Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done ? parser.Intern(text[..length]) : null;
    }

    private static Func<int, double?>? Doubles(IArrowArray array) => array switch
    {
        DoubleArray numbers => row => numbers.GetValue(row),
        FloatArray numbers => row => numbers.GetValue(row),
        _ when Integers(array) is { } integer => row => integer(row),
        _ => null,
    };

    private static (Func<int, long?>? Read, bool Fits) Steps(IArrowArray? array) => array is null ? (null, true) : Integers(array) is { } integer ? (integer, true) : (null, false);

    private static (Func<int, DateTimeOffset?>? Read, bool Fits) Times(IArrowArray? array) => array switch
    {
        null => (null, true),
        TimestampArray times when times.Data.DataType is TimestampType => (row => times.GetTimestamp(row), true),
        _ => (null, false),
    };

    private static Func<int, long?>? Integers(IArrowArray array) => array switch
    {
        Int64Array numbers => row => numbers.GetValue(row),
        Int32Array numbers => row => numbers.GetValue(row),
        Int16Array numbers => row => numbers.GetValue(row),
        Int8Array numbers => row => numbers.GetValue(row),
        UInt32Array numbers => row => numbers.GetValue(row),
        UInt16Array numbers => row => numbers.GetValue(row),
        UInt8Array numbers => row => numbers.GetValue(row),
        _ => null,
    };
}
