using Mesh.Contracts.Artifacts;
using Mesh.Hub.Statistics;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Describing;

/// <summary>A value and how often it occurs.</summary>
internal sealed record ValueCount(string Value, long Count);

/// <summary>One column of a data set.</summary>
/// <param name="Statistics">Numbers: with a histogram of 20 bins of equal width. Texts: the 50 most frequent values.</param>
/// <param name="Quantiles">Numbers: by name, <c>p5</c> to <c>p95</c>.</param>
/// <param name="Top">The 10 most frequent values.</param>
/// <param name="TargetAssociation">With the target: Pearson's correlation where the target is a number or has two classes, else the correlation ratio.</param>
/// <param name="Warning">What looks wrong with the column.</param>
internal sealed record ColumnDescription(
    string Name, ColumnKind Kind, long Distinct, ColumnStatistics Statistics, IReadOnlyDictionary<string, double>? Quantiles,
    IReadOnlyList<ValueCount>? Top, double? TargetAssociation, string? Warning);

/// <summary>Correlations between the numeric columns, row by row; null where one is constant.</summary>
internal sealed record CorrelationMatrix(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<double?>> Values);

/// <summary>All about a data set: the JSON document that <c>describe</c> makes.</summary>
internal sealed record Description(
    string Dataset, int Version, long Rows, long Missing, string? Target, IReadOnlyList<ColumnDescription> Columns, CorrelationMatrix Correlations)
{
    private const int MaxMatrix = 40;

    private static readonly (string Name, double At)[] QuantileNames = [("p5", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)];

    /// <exception cref="Running.HubFailure">There is no column of the target's name.</exception>
    public static Description Of(Table table, string dataset, int version, string? target)
    {
        var goal = target is null ? null : table.Column(target, "the target");
        int[] rows = [.. Enumerable.Range(0, table.Rows)];
        return new Description(
            dataset, version, table.Rows, table.Columns.Sum(c => (long)c.Missing), target, [.. table.Columns.Select(c => Column(c, rows, goal))], Matrix(table));
    }

    private static ColumnDescription Column(TableColumn column, int[] rows, TableColumn? target)
    {
        var statistics = ColumnProfile.Of(column, rows, sorted => Bins.ByWidth(sorted));
        Dictionary<string, double>? quantiles = null;
        if (column.Numbers is { } numbers && statistics.Count > 0)
        {
            var sorted = Array.FindAll(numbers, v => !double.IsNaN(v));
            Array.Sort(sorted);
            quantiles = QuantileNames.ToDictionary(q => q.Name, q => Statistics.Quantiles.Of(sorted, q.At));
        }

        List<ValueCount>? top = null;
        if (column.Numbers is null)
        {
            var categories = statistics.Categories!.Select(c => new ValueCount(c.Key, c.Value)).ToList();
            top = [.. categories.Take(10)];
            statistics = statistics with { Categories = categories.Take(50).ToDictionary(c => c.Value, c => c.Count) };
        }

        return new ColumnDescription(column.Name, column.Kind, column.Distinct, statistics, quantiles, top, column == target ? null : With(column, target), WarningOf(column));
    }

    private static double? With(TableColumn column, TableColumn? target)
    {
        if (column.Numbers is not { } numbers || target is null) return null;
        if (target.Levels is { Length: 2 } two && target.Numbers is null)
            return Association.Pearson(numbers, Array.ConvertAll(target.Codes!, code => code < 0 ? double.NaN : code));
        if (target.Numbers is { } values) return Association.Pearson(numbers, values);
        return target.Levels is { } levels ? Association.CorrelationRatio(numbers, target.Codes, levels.Length) : null;
    }

    private static string? WarningOf(TableColumn column)
    {
        if (column.Kind == ColumnKind.Empty) return "has no values";
        if (column.Misfit is { } misfit) return $"holds numbers, but line {misfit.Line} holds '{misfit.Text}'";
        if (column.Distinct == 1) return "is constant";
        return column.Missing * 2 > column.Rows ? "is missing in more than half of the rows" : null;
    }

    private static CorrelationMatrix Matrix(Table table)
    {
        var numeric = table.Columns.Where(c => c.Numbers is not null).Take(MaxMatrix).ToList();
        return new CorrelationMatrix(
            [.. numeric.Select(c => c.Name)],
            [.. numeric.Select(a => (IReadOnlyList<double?>)[.. numeric.Select(b => a == b ? 1 : Association.Pearson(a.Numbers, b.Numbers))])]);
    }
}
