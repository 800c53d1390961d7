using Mesh.Hub.Statistics;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Selection;

/// <summary>A way to tell what a feature is worth by itself: more is better; null where that cannot be told.</summary>
internal sealed record StatisticFilter(string Name, Func<TrainingData, TableColumn, IReadOnlyList<int>, double?> Score)
{
    /// <summary>All that can be asked for.</summary>
    public static IReadOnlyList<StatisticFilter> All { get; } =
    [
        new("anova-f", AnovaF), new("chi2", ChiSquared), new("mutual-information", MutualInformation), new("correlation", Correlation), new("variance", Variance),
    ];

    /// <summary>
    /// The F statistic of a one-way analysis of variance between classes; for two columns of numbers that of the linear regression. Null for a category
    /// against a class, which have no variance to compare.
    /// </summary>
    private static double? AnovaF(TrainingData data, TableColumn feature, IReadOnlyList<int> rows)
    {
        int[] both = [.. rows.Where(row => !feature.IsMissing(row))];
        if (data.IsClassification)
            return feature.Numbers is { } numbers ? BetweenGroups(Pick(numbers, both), Pick(data.Target.Codes!, both)) : null;
        var target = Pick(data.Target.Numbers!, both);
        if (feature.Numbers is null) return BetweenGroups(target, Pick(feature.Codes!, both));
        if (Association.Pearson(Pick(feature.Numbers, both), target) is not { } r || both.Length < 3) return null;
        return Limited(r * r / (1 - (r * r)) * (both.Length - 2));
    }

    private static double? BetweenGroups(double[] values, int[] groups)
    {
        var count = groups.Distinct().Count();
        if (count < 2 || values.Length <= count || Association.CorrelationRatio(values, groups, groups.Max() + 1) is not { } ratio) return null;
        var explained = ratio * ratio;
        return Limited(explained / (1 - explained) * (values.Length - count) / (count - 1));
    }

    /// <summary>
    /// Pearson's chi-squared statistic as a standard normal deviate (Wilson and Hilferty, 1931), so that features of different numbers of values compare;
    /// 0 for what chance alone would make or less.
    /// </summary>
    private static double? ChiSquared(TrainingData data, TableColumn feature, IReadOnlyList<int> rows)
    {
        if (Meet(data, feature, rows).ChiSquared() is not { } found) return null;
        var spread = 2 / (9.0 * found.Freedom);
        return Math.Max(0, (Math.Cbrt(found.Statistic / found.Freedom) - (1 - spread)) / Math.Sqrt(spread));
    }

    private static double? MutualInformation(TrainingData data, TableColumn feature, IReadOnlyList<int> rows) => Meet(data, feature, rows).MutualInformation();

    /// <summary>Pearson's correlation without its sign; the correlation ratio between a class and a number; Cramér's V between classes.</summary>
    private static double? Correlation(TrainingData data, TableColumn feature, IReadOnlyList<int> rows)
    {
        var value = (feature.Numbers, data.IsClassification) switch
        {
            ({ } numbers, false) => Association.Pearson(Pick(numbers, rows), Pick(data.Target.Numbers!, rows)),
            ({ } numbers, true) => Association.CorrelationRatio(Pick(numbers, rows), Pick(data.Target.Codes!, rows), data.Classes.Count),
            (null, false) => Association.CorrelationRatio(Pick(data.Target.Numbers!, rows), Pick(feature.Codes!, rows), feature.Levels!.Length),
            (null, true) => Meet(data, feature, rows).CramersV(),
        };
        return value is { } found ? Math.Abs(found) : null;
    }

    /// <summary>Variance after scaling to 0 to 1, so that units do not count; of a category the chance that two rows differ (Gini).</summary>
    private static double? Variance(TrainingData data, TableColumn feature, IReadOnlyList<int> rows)
    {
        int[] present = [.. rows.Where(row => !feature.IsMissing(row))];
        if (present.Length == 0) return null;
        if (feature.Numbers is null)
            return 1 - present.CountBy(row => feature.Codes![row]).Sum(level => (double)level.Value / present.Length * level.Value / present.Length);
        var values = Pick(feature.Numbers, present);
        var (min, max) = (values.Min(), values.Max());
        if (min == max) return 0;
        var deviation = Moments.Of(values).Deviation / (max - min);
        return deviation * deviation;
    }

    private static Contingency Meet(TrainingData data, TableColumn feature, IReadOnlyList<int> rows) => Contingency.Of(
        Contingency.Classes(feature, rows, asTexts: false), Contingency.Classes(data.Target, rows, asTexts: data.IsClassification), rows);

    // A feature that says it all has no finite F.
    private static double Limited(double f) => double.IsFinite(f) ? f : double.MaxValue;

    private static T[] Pick<T>(T[] values, IReadOnlyList<int> rows) => [.. rows.Select(row => values[row])];
}
