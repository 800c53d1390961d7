namespace Mesh.Hub.Statistics;

/// <summary>Quantiles by linear interpolation between order statistics, as NumPy and R (type 7) have them.</summary>
internal static class Quantiles
{
    /// <param name="sorted">Values, ascending, at least one.</param>
    public static double Of(ReadOnlySpan<double> sorted, double fraction)
    {
        var position = fraction * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
