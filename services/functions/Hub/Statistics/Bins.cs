namespace Mesh.Hub.Statistics;

/// <summary>Edges between bins of numbers, and the counting of numbers into them. A number on an edge belongs to the bin on its right.</summary>
internal static class Bins
{
    /// <summary>
    /// Inner edges of about <paramref name="bins"/> bins of equally many values. Each edge lies midway between two values that occur, so that a value which
    /// went through 32-bit floats stays in its bin, and no bin is empty in the data that the edges come from. A constant gets a narrow bin of its own, so
    /// that values beside it show.
    /// </summary>
    /// <param name="sorted">Values, ascending, at least one.</param>
    public static double[] ByQuantile(ReadOnlySpan<double> sorted, int bins = 10)
    {
        if (sorted[0] == sorted[^1]) return Around(sorted[0]);
        var edges = new List<double>(bins - 1);
        for (var i = 1; i < bins; i++)
        {
            // Where a quantile is the smallest value itself, the edge goes above that value.
            var quantile = Math.Max(Quantiles.Of(sorted, (double)i / bins), double.BitIncrement(sorted[0]));
            var above = FirstAtLeast(sorted, quantile);
            var edge = sorted[above - 1] + ((sorted[above] - sorted[above - 1]) / 2);
            if (edges.Count == 0 || edge > edges[^1]) edges.Add(edge);
        }

        return [.. edges];
    }

    /// <summary>Inner edges of <paramref name="bins"/> bins of equal width.</summary>
    /// <param name="sorted">Values, ascending, at least one.</param>
    public static double[] ByWidth(ReadOnlySpan<double> sorted, int bins = 20)
    {
        var (min, max) = (sorted[0], sorted[^1]);
        if (min == max) return Around(min);
        var width = (max / bins) - (min / bins);
        var edges = new List<double>(bins - 1);
        for (var i = 1; i < bins; i++)
        {
            var edge = min + (i * width);
            if (edges.Count == 0 || edge > edges[^1]) edges.Add(edge);
        }

        return [.. edges];
    }

    /// <summary>Number of values in each bin: one more than edges.</summary>
    public static long[] Count(ReadOnlySpan<double> values, double[] edges)
    {
        var counts = new long[edges.Length + 1];
        foreach (var value in values)
        {
            var at = Array.BinarySearch(edges, value);
            counts[at >= 0 ? at + 1 : ~at]++;
        }

        return counts;
    }

    private static double[] Around(double value)
    {
        var margin = value == 0 ? 1e-9 : Math.Abs(value) * 1e-6;
        return [value - margin, value + margin];
    }

    private static int FirstAtLeast(ReadOnlySpan<double> sorted, double value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
