namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Which types the columns of a CSV file have. A column is of a type when every value is, and can be written back: digits behind a leading zero are
/// text, and so are whole numbers of more than 38 digits.
/// </summary>
internal static class CsvTypes
{
    /// <summary>The type of what is no other.</summary>
    public const string Text = "VARCHAR";

    private const int SampleRows = 20_480;
    private const int ColumnsAtOnce = 100;
    private const string Day = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}";
    private const string Clock = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?";

    // In this order, the first that fits.
    private static readonly (string Type, string Test)[] Types =
    [
        ("BIGINT", Matches("[+-]?(0|[1-9][0-9]{0,18})", "bigint")),
        ("HUGEINT", Matches("[+-]?(0|[1-9][0-9]{0,37})", "hugeint")),
        ("DOUBLE", Matches("[+-]?((0|[1-9][0-9]{0,37})(\\.[0-9]*)?|\\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", "double")),
        ("BOOLEAN", Matches("true|false", "boolean")),
        ("DATE", Matches(Day, "date")),
        ("TIMESTAMP", Matches($"{Day}([T ]{Clock})?", "timestamp")),
        ("TIMESTAMP WITH TIME ZONE", Matches($"{Day}[T ]{Clock} ?(z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)", "timestamptz")),
    ];

    /// <summary>The types of the relation's columns, which are text now.</summary>
    /// <param name="whole">Whether every row is looked at, and not the first ones alone.</param>
    public static IReadOnlyList<string> Infer(DuckSession session, IReadOnlyList<string> names, bool whole)
    {
        var types = new List<string>(names.Count);
        foreach (var chunk in names.Chunk(ColumnsAtOnce))
        {
            var tests = chunk.SelectMany(name => Types.Select(type => type.Test.Replace("?", $"trim({Sql.Name(name)})", StringComparison.Ordinal)));
            var from = whole ? DuckSession.Relation : $"(select * from {DuckSession.Relation} limit {SampleRows})";
            types.AddRange(session.Query($"select {string.Join(", ", tests)} from {from}", row =>
                chunk.Select((_, column) => Types.Where((_, type) => row.GetValue((column * Types.Length) + type) is true).Select(type => type.Type).FirstOrDefault(Text)).ToList()).Single());
        }

        return types;
    }

    // The question mark is the place of the column: that of a pattern is written as a count.
    private static string Matches(string pattern, string type) =>
        $"bool_and(regexp_full_match(?, '{pattern.Replace("?", "{0,1}", StringComparison.Ordinal)}', 'i') and try_cast(? as {type}) is not null)";
}
