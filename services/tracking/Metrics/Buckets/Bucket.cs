namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>What is kept of the points of a stretch of an axis. NaN is never the lowest or highest beside a number.</summary>
internal readonly record struct Bucket(long Count, Sample First, Sample Last, Sample Lowest, Sample Highest)
{
    public static Bucket Of(Sample point) => new(1, point, point, point, point);

    /// <summary>The points of both. The same in whatever order buckets are joined.</summary>
    public Bucket Join(Bucket other, Axis axis) => new(
        Count + other.Count,
        axis.Compare(other.First, First) < 0 ? other.First : First,
        axis.Compare(other.Last, Last) > 0 ? other.Last : Last,
        Outer(Lowest, other.Lowest, -1, axis),
        Outer(Highest, other.Highest, 1, axis));

    /// <summary>The points that draw the stretch, at most four, in the order of the axis.</summary>
    public IEnumerable<Sample> Drawn(Axis axis)
    {
        Sample[] points = [First, Lowest, Highest, Last];
        return points.Distinct().Order(axis == Axis.Step ? Sample.ByStep : Sample.ByTime);
    }

    // Of equal values the first on the axis.
    private static Sample Outer(Sample a, Sample b, int sign, Axis axis)
    {
        if (double.IsNaN(a.Value) != double.IsNaN(b.Value)) return double.IsNaN(a.Value) ? b : a;
        var order = a.Value.CompareTo(b.Value) * sign;
        return order > 0 ? a : order < 0 ? b : axis.Compare(b, a) < 0 ? b : a;
    }
}
