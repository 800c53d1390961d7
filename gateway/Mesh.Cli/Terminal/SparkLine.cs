namespace Mesh.Cli.Terminal;

/// <summary>A series of numbers as a line of blocks.</summary>
internal static class SparkLine
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const char Middle = '▄';

    /// <summary>One block a number, between the lowest and the highest finite one; infinities are at the ends, NaN is a gap.</summary>
    public static string Of(IReadOnlyList<double> values)
    {
        var finite = values.Where(double.IsFinite).ToList();
        var (low, high) = finite.Count == 0 ? (0, 0) : (finite.Min(), finite.Max());
        return string.Concat(values.Select(value => BlockOf(value, low, high)));
    }

    /// <summary>One block a number, between zero and the highest that there may be, so that lines with the same one can be compared.</summary>
    public static string FromZero(IEnumerable<double> values, double high) => string.Concat(values.Select(value => high > 0 ? BlockOf(value, 0, high) : Blocks[0]));

    private static char BlockOf(double value, double low, double high) => value switch
    {
        double.NaN => ' ',
        double.PositiveInfinity => Blocks[^1],
        double.NegativeInfinity => Blocks[0],
        _ when low == high => Middle,
        // Halves, since the range of two doubles may be more than a double can be.
        _ => Blocks[Math.Clamp((int)(((value / 2) - (low / 2)) / ((high / 2) - (low / 2)) * Blocks.Length), 0, Blocks.Length - 1)],
    };
}
