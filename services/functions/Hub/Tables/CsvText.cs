namespace Mesh.Hub.Tables;

/// <summary>Texts as CSV has them (RFC 4180).</summary>
internal static class CsvText
{
    /// <summary>A value, within quotes where it holds what would part it.</summary>
    public static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A row without its end.</summary>
    public static string Row(IEnumerable<string> values) => string.Join(',', values.Select(Cell));
}
