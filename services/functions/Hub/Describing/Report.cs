using System.Globalization;
using System.Text;

namespace Mesh.Hub.Describing;

/// <summary>A description as Markdown, for people.</summary>
internal static class Report
{
    public static string Of(Description description)
    {
        var text = new StringBuilder();
        text.Line($"# {Cell(description.Dataset)}, version {description.Version}").Line();
        text.Line($"{description.Rows:N0} rows, {description.Columns.Count:N0} columns, {description.Missing:N0} missing values.").Line();
        if (description.Target is { } target)
        {
            var column = description.Columns.First(c => c.Name == target);
            text.Line($"Target: `{target}` ({Kind(column)}, {column.Distinct:N0} distinct values).").Line();
        }

        var warned = description.Columns.Where(c => c.Warning is not null).ToList();
        foreach (var column in warned) text.Line($"- `{column.Name}` {Cell(column.Warning!)}");
        if (warned.Count > 0) text.Line();

        Numbers(text, description);
        Texts(text, description);
        Associations(text, description);
        return text.ToString();
    }

    private static void Numbers(StringBuilder text, Description description)
    {
        var columns = description.Columns.Where(c => c.Quantiles is not null).ToList();
        if (columns.Count == 0) return;
        text.Line("## Numbers").Line();
        text.Line("| column | count | missing | mean | deviation | min | 25 % | median | 75 % | max |");
        text.Line("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
        foreach (var column in columns)
        {
            var (s, q) = (column.Statistics, column.Quantiles!);
            text.Line($"| {Cell(column.Name)} | {s.Count} | {s.Missing} | {s.Mean:G5} | {s.Deviation:G5} | {s.Min:G5} | {q["p25"]:G5} | {q["p50"]:G5} | {q["p75"]:G5} | {s.Max:G5} |");
        }

        text.Line();
    }

    private static void Texts(StringBuilder text, Description description)
    {
        var columns = description.Columns.Where(c => c.Top is not null).ToList();
        if (columns.Count == 0) return;
        text.Line("## Texts").Line();
        text.Line("| column | kind | count | missing | distinct | most frequent |");
        text.Line("| --- | --- | --: | --: | --: | --- |");
        foreach (var column in columns)
        {
            var top = string.Join(", ", column.Top!.Take(5).Select(t => $"{Cell(t.Value)} ({t.Count})"));
            text.Line($"| {Cell(column.Name)} | {Kind(column)} | {column.Statistics.Count} | {column.Statistics.Missing} | {column.Distinct} | {top} |");
        }

        text.Line();
    }

    private static void Associations(StringBuilder text, Description description)
    {
        var columns = description.Columns.Where(c => c.TargetAssociation is not null).OrderByDescending(c => Math.Abs(c.TargetAssociation!.Value)).Take(15).ToList();
        if (columns.Count == 0) return;
        text.Line($"## Strongest associations with `{description.Target}`").Line();
        text.Line("| column | strength |");
        text.Line("| --- | --: |");
        foreach (var column in columns) text.Line($"| {Cell(column.Name)} | {column.TargetAssociation:F3} |");
        text.Line();
    }

    private static string Kind(ColumnDescription column) => column.Kind.ToString().ToLowerInvariant();

    // A bar would end the cell, a line break the row.
    private static string Cell(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        return line.Length <= 60 ? line : $"{line[..57]}...";
    }

    private static StringBuilder Line(this StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static StringBuilder Line(this StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
