namespace Mesh.Hub.Statistics;

/// <summary>How strongly two columns go together. Rows where either is missing do not count.</summary>
internal static class Association
{
    /// <summary>Pearson's correlation, -1 to 1; null where a column is constant or fewer than two rows are left.</summary>
    public static double? Pearson(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        long n = 0;
        double meanA = 0, meanB = 0, aa = 0, bb = 0, ab = 0;
        for (var i = 0; i < a.Length; i++)
        {
            if (double.IsNaN(a[i]) || double.IsNaN(b[i])) continue;
            n++;
            var (da, db) = (a[i] - meanA, b[i] - meanB);
            meanA += da / n;
            meanB += db / n;
            aa += da * (a[i] - meanA);
            bb += db * (b[i] - meanB);
            ab += da * (b[i] - meanB);
        }

        return n < 2 || aa <= 0 || bb <= 0 ? null : Math.Clamp(ab / Math.Sqrt(aa * bb), -1, 1);
    }

    /// <summary>The correlation ratio, 0 to 1: how much of a number's spread its class explains. Null where the number is constant.</summary>
    /// <param name="classes">Class per row, -1 where missing.</param>
    public static double? CorrelationRatio(ReadOnlySpan<double> values, ReadOnlySpan<int> classes, int count)
    {
        var sums = new double[count];
        var sizes = new long[count];
        long n = 0;
        double mean = 0, total = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i]) || classes[i] < 0) continue;
            n++;
            var delta = values[i] - mean;
            mean += delta / n;
            total += delta * (values[i] - mean);
            sums[classes[i]] += values[i];
            sizes[classes[i]]++;
        }

        if (n < 2 || total <= 0) return null;
        double between = 0;
        for (var c = 0; c < count; c++)
        {
            if (sizes[c] == 0) continue;
            var delta = (sums[c] / sizes[c]) - mean;
            between += sizes[c] * delta * delta;
        }

        return Math.Sqrt(Math.Clamp(between / total, 0, 1));
    }
}
