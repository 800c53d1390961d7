using System.Globalization;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Inference;

/// <summary>Writes a table and a model's outputs side by side as CSV (RFC 4180).</summary>
internal static class PredictionTable
{
    public static void Write(TextWriter target, Table table, IReadOnlyList<ModelOutput> outputs)
    {
        var taken = table.Columns.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        var columns = outputs.SelectMany(Columns).ToList();
        target.NewLine = "\n";
        target.WriteLine(string.Join(',', [.. table.Columns.Select(c => CsvText.Cell(c.Name)), .. columns.Select(c => CsvText.Cell(Free(c.Name, taken)))]));
        for (var row = 0; row < table.Rows; row++)
        {
            for (var i = 0; i < table.Columns.Count; i++)
            {
                if (i > 0) target.Write(',');
                target.Write(CsvText.Cell(table.Columns[i].TextAt(row)));
            }

            foreach (var (_, value) in columns)
            {
                target.Write(',');
                target.Write(CsvText.Cell(value(row)));
            }

            target.WriteLine();
        }
    }

    private static IEnumerable<(string Name, Func<int, string> Value)> Columns(ModelOutput output)
    {
        if (output.Texts is { } texts) return [(output.Name, row => texts[row])];
        var numbers = output.Numbers!;
        var width = numbers.Length == 0 ? 1 : numbers[0].Length;
        return Enumerable.Range(0, width).Select(i => (width == 1 ? output.Name : $"{output.Name}.{i}", (Func<int, string>)(row => Number(numbers[row][i]))));
    }

    private static string Number(float value) => float.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    // A data set may have a column of the output's name already: that of an earlier prediction, say.
    private static string Free(string name, HashSet<string> taken)
    {
        var free = name;
        for (var i = 2; !taken.Add(free); i++) free = $"{name}_{i}";
        return free;
    }
}
