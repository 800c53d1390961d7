using Mesh.Contracts.Artifacts;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Statistics;

/// <summary>Makes <see cref="ColumnStatistics"/> of columns.</summary>
internal static class ColumnProfile
{
    /// <summary>Most categories that are counted one by one; the rarest beyond are left out.</summary>
    private const int MaxCategories = 1000;

    /// <summary>The distribution of some rows of a numeric column.</summary>
    /// <param name="edges">Chooses the edges, given the values that are present, ascending; never called without any.</param>
    public static ColumnStatistics OfNumbers(string name, IEnumerable<double> values, Func<double[], double[]> edges)
    {
        var all = values.ToArray();
        var sorted = Array.FindAll(all, v => !double.IsNaN(v));
        Array.Sort(sorted);
        var missing = all.Length - sorted.Length;
        if (sorted.Length == 0) return new ColumnStatistics(name, 0, missing);
        var moments = Moments.Of(sorted);
        var chosen = edges(sorted);
        return new ColumnStatistics(name, sorted.Length, missing, moments.Mean, moments.Deviation, sorted[0], sorted[^1], chosen, Bins.Count(sorted, chosen));
    }

    /// <summary>The distribution of some rows of a column of texts; empty texts are missing.</summary>
    public static ColumnStatistics OfTexts(string name, IEnumerable<string> values)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        long missing = 0, count = 0;
        foreach (var value in values)
        {
            if (value.Length == 0)
            {
                missing++;
                continue;
            }

            count++;
            counts[value] = counts.GetValueOrDefault(value) + 1;
        }

        var top = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MaxCategories);
        return new ColumnStatistics(name, count, missing, Categories: top.ToDictionary(c => c.Key, c => c.Value));
    }

    /// <summary>The distribution of some rows of a column, by what the column is.</summary>
    public static ColumnStatistics Of(TableColumn column, IReadOnlyList<int> rows, Func<double[], double[]> edges) => column.Numbers is { } numbers
        ? OfNumbers(column.Name, rows.Select(r => numbers[r]), edges)
        : OfTexts(column.Name, rows.Select(column.TextAt));
}
