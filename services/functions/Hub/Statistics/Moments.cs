namespace Mesh.Hub.Statistics;

/// <summary>Mean and standard deviation of a sample (n - 1), by Welford's update: stable for values far from zero.</summary>
internal readonly record struct Moments(long Count, double Mean, double Deviation)
{
    public static Moments Of(ReadOnlySpan<double> values)
    {
        long count = 0;
        double mean = 0, squares = 0;
        foreach (var value in values)
        {
            count++;
            var delta = value - mean;
            mean += delta / count;
            squares += delta * (value - mean);
        }

        return new Moments(count, mean, count > 1 ? Math.Sqrt(squares / (count - 1)) : 0);
    }
}
