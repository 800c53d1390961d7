using Mesh.Tracking.Metrics.Buckets;

namespace Mesh.Tracking.Metrics.Charts;

/// <summary>Chooses the points of a chart.</summary>
internal static class Thinning
{
    private const int PointsOfBucket = 4;

    /// <summary>All points in the order of the axis if there are at most <paramref name="most"/>, else the outline of equally many after each other.</summary>
    public static IReadOnlyList<Sample> Thin(IReadOnlyCollection<Sample> points, Axis axis, int most)
    {
        var sorted = points.Order(axis == Axis.Step ? Sample.ByStep : Sample.ByTime).ToArray();
        return sorted.Length <= most ? sorted : Thin([.. sorted.Select(Bucket.Of)], axis, most);
    }

    /// <summary>
    /// The outline of buckets that follow each other along the axis, at most <paramref name="most"/> points: neighbours are joined to as many stretches as
    /// there is room for, equally many to each, so that there is most room where most points are.
    /// </summary>
    public static IReadOnlyList<Sample> Thin(IReadOnlyList<Bucket> buckets, Axis axis, int most)
    {
        var stretches = Math.Min(buckets.Count, Math.Max(1, most / PointsOfBucket));
        var drawn = new List<Sample>(stretches * PointsOfBucket);
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            var (from, to) = ((int)((long)stretch * buckets.Count / stretches), (int)((long)(stretch + 1) * buckets.Count / stretches));
            var joined = buckets[from];
            for (var i = from + 1; i < to; i++) joined = joined.Join(buckets[i], axis);
            drawn.AddRange(joined.Drawn(axis));
        }

        return drawn;
    }
}
