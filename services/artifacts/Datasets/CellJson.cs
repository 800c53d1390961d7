using System.Buffers;
using System.Data;
using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>Rows as JSON arrays, so that nothing is lost on the way: what no double holds exactly is text.</summary>
internal sealed class CellJson(IReadOnlyList<DatasetColumn> columns)
{
    private const int MostCharacters = 65_536;
    private const long ExactInDouble = 1L << 53;

    private readonly ArrayBufferWriter<byte> _bytes = new(16_384);
    private int _rows;

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>Adds a row.</summary>
    public void Add(IDataRecord row)
    {
        _bytes.Write(_rows++ == 0 ? "["u8 : ","u8);
        using var json = new Utf8JsonWriter(_bytes);
        json.WriteStartArray();
        for (var i = 0; i < columns.Count; i++) Write(json, row.IsDBNull(i) ? null : row.GetValue(i), columns[i]);
        json.WriteEndArray();
    }

    /// <summary>All rows, each an array.</summary>
    public IReadOnlyList<JsonElement> ToRows()
    {
        if (_rows == 0) return [];
        _bytes.Write("]"u8);
        return [.. JsonDocument.Parse(_bytes.WrittenMemory, new JsonDocumentOptions { MaxDepth = 128 }).RootElement.EnumerateArray()];
    }

    private static void Write(Utf8JsonWriter json, object? value, DatasetColumn column)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool yes:
                json.WriteBooleanValue(yes);
                break;
            case float single when float.IsFinite(single):
                json.WriteNumberValue(single);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case float or double:
                json.WriteStringValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                WriteWhole(json, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong large when large <= ExactInDouble:
                json.WriteNumberValue(large);
                break;
            case string text when column.Kind == DatasetColumnKind.Number && IsExact(text):
                json.WriteRawValue(text);
                break;
            case string text when ColumnKinds.IsNested(column.Type) && IsJson(text):
                json.WriteRawValue(text, skipInputValidation: true);
                break;
            case string text:
                json.WriteStringValue(Cut(text));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteWhole(Utf8JsonWriter json, long value)
    {
        if (value is >= -ExactInDouble and <= ExactInDouble) json.WriteNumberValue(value);
        else json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    // Fifteen digits come out of a double as they went in.
    private static bool IsExact(string number) => number.Count(char.IsAsciiDigit) <= 15;

    // Structures may hold NaN, which is no JSON; then the whole value is text.
    private static bool IsJson(string text)
    {
        if (text.Length > MostCharacters) return false;
        try
        {
            using var _ = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 24 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Cut(string text) => text.Length <= MostCharacters ? text : $"{text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)]}…";
}
