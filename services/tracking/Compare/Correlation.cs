namespace Mesh.Tracking.Compare;

/// <summary>How strongly two variables go together. Null where that is not defined.</summary>
internal static class Correlation
{
    /// <summary>
    /// Pearson's product-moment correlation: r = Σ(x - x̄)(y - ȳ) / √(Σ(x - x̄)² Σ(y - ȳ)²), from -1 to 1. Null for fewer than two pairs, or when x or y does not
    /// vary.
    /// </summary>
    /// <remarks>K. Pearson, "Note on Regression and Inheritance in the Case of Two Parents", Proceedings of the Royal Society of London 58 (1895), 240-242.</remarks>
    /// <param name="x">Finite numbers.</param>
    /// <param name="y">As many of them.</param>
    public static double? Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length) throw new ArgumentException("There must be as many of y as of x.", nameof(y));
        if (!Varies(x) || !Varies(y)) return null;
        var (dx, dy) = (Deviations(x), Deviations(y));
        double xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < dx.Length; i++)
        {
            xy += dx[i] * dy[i];
            xx += dx[i] * dx[i];
            yy += dy[i] * dy[i];
        }

        return Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>Spearman's rank correlation ρ: Pearson's of the ranks, where equal values share the mean of their ranks. Null as Pearson's.</summary>
    /// <remarks>C. Spearman, "The Proof and Measurement of Association between Two Things", The American Journal of Psychology 15 (1904), 72-101.</remarks>
    /// <param name="x">Finite numbers.</param>
    /// <param name="y">As many of them.</param>
    public static double? Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>
    /// The correlation ratio η² = Σ nᵍ(ȳᵍ - ȳ)² / Σ(y - ȳ)² over the groups g: the share of the variance of y that is between groups, from 0 to 1. Null for fewer
    /// than two values, or when y does not vary.
    /// </summary>
    /// <remarks>
    /// K. Pearson, "On the General Theory of Skew Correlation and Non-linear Regression" (1905); R. A. Fisher, "Statistical Methods for Research Workers" (1925), § 45.
    /// </remarks>
    /// <param name="groups">The group of each value.</param>
    /// <param name="y">Finite numbers, as many.</param>
    public static double? EtaSquared(ReadOnlySpan<string> groups, ReadOnlySpan<double> y)
    {
        if (groups.Length != y.Length) throw new ArgumentException("There must be as many of y as of groups.", nameof(y));
        if (!Varies(y)) return null;
        var deviations = Deviations(y);
        var sums = new Dictionary<string, (double Sum, int Count)>(StringComparer.Ordinal);
        double total = 0;
        for (var i = 0; i < deviations.Length; i++)
        {
            var (sum, count) = sums.GetValueOrDefault(groups[i]);
            sums[groups[i]] = (sum + deviations[i], count + 1);
            total += deviations[i] * deviations[i];
        }

        return Math.Clamp(sums.Values.Sum(group => group.Sum * group.Sum / group.Count) / total, 0, 1);
    }

    /// <summary>Ranks from 1; equal values share the mean of theirs.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var places = Enumerable.Range(0, values.Length).ToArray();
        Array.Sort(sorted, places);
        var ranks = new double[values.Length];
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            to = from + 1;
            while (to < sorted.Length && sorted[to] == sorted[from]) to++;
            // The mean of the ranks from + 1 to to.
            for (var i = from; i < to; i++) ranks[places[i]] = (from + 1 + to) / 2.0;
        }

        return ranks;
    }

    // Exactly, since the rounding of a mean would make equal values seem to vary.
    private static bool Varies(ReadOnlySpan<double> values) => values.Length > 1 && values.ContainsAnyExcept(values[0]);

    // Distances from the mean, in units of the range: these measures do not depend on the unit, and squares neither overflow nor vanish. The values must vary.
    private static double[] Deviations(ReadOnlySpan<double> values)
    {
        var (low, high) = (double.MaxValue, double.MinValue);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        // In halves where the range of two doubles is more than a double can be.
        var unit = double.IsFinite(high - low) ? 1 : 0.5;
        var range = (high * unit) - (low * unit);
        var deviations = new double[values.Length];
        for (var i = 0; i < values.Length; i++) deviations[i] = ((values[i] * unit) - (low * unit)) / range;
        var mean = deviations.Average();
        for (var i = 0; i < deviations.Length; i++) deviations[i] -= mean;
        return deviations;
    }
}
