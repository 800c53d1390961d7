using Mesh.Tracking.Metrics;
using Mesh.Tracking.Metrics.Buckets;
using Mesh.Tracking.Metrics.Charts;

namespace Mesh.Tracking.Tests.Metrics;

/// <summary>Buckets and the points of charts, without a database.</summary>
public sealed class BucketTests
{
    [Theory]
    [InlineData((int)Axis.Step)]
    [InlineData((int)Axis.Time)]
    public void What_is_kept_does_not_depend_on_the_order_of_arrival(int number)
    {
        var axis = (Axis)number;
        var points = Points(20_000, 1);
        var (there, back) = (new BucketSet(axis), new BucketSet(axis));
        for (var i = 0; i < points.Length; i++)
        {
            Add(there, points[i], i + 1);
            Add(back, points[^(i + 1)], i + 1);
        }

        while (there.Shift < back.Shift) there = Wider(there);
        while (back.Shift < there.Shift) back = Wider(back);
        there.Items.ShouldBe(back.Items, ignoreOrder: true);
        there.Items.Values.Sum(bucket => bucket.Count).ShouldBe(points.Length);
        there.Count.ShouldBeInRange(1, BucketSet.Most(points.Length));
        foreach (var (index, bucket) in there.Items)
        {
            var inside = points.Where(p => axis.Place(p) >> there.Shift == index).ToArray();
            bucket.ShouldBe(Outline(inside, axis));
        }
    }

    [Fact]
    public void The_number_of_buckets_is_bounded_wherever_points_lie()
    {
        var set = new BucketSet(Axis.Step);
        var random = new Random(5);
        for (var i = 0; i < 50_000; i++)
        {
            // From dense to as sparse as can be.
            Add(set, new Sample(random.NextInt64() >> (i % 64), i, i), i + 1);
            set.Count.ShouldBeLessThanOrEqualTo(BucketSet.Most(i + 1));
        }

        foreach (var step in (long[])[long.MinValue, -1, 0, long.MaxValue]) set.Add(new Sample(step, 0, 0));
        set.Items.Values.Sum(bucket => bucket.Count).ShouldBe(50_004);
        while (set.Shift < 63) set = Wider(set);
        set.Items.Keys.ShouldBe([-1, 0], ignoreOrder: true);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(4000)]
    public void A_chart_has_the_outline_of_every_stretch(int most)
    {
        var points = Points(3_000, 2);
        var drawn = Thinning.Thin(points, Axis.Step, most);
        if (most >= points.Length)
        {
            drawn.ShouldBe(points.Order(Sample.ByStep));
            return;
        }

        drawn.Count.ShouldBeInRange(most / 4, most);
        drawn.ShouldBeSubsetOf(points);
        drawn.ShouldBe(drawn.Order(Sample.ByStep));
        var sorted = points.Order(Sample.ByStep).ToArray();
        var stretches = most / 4;
        var expected = Enumerable.Range(0, stretches)
            .SelectMany(i => Outline(sorted[(i * sorted.Length / stretches)..((i + 1) * sorted.Length / stretches)], Axis.Step).Drawn(Axis.Step));
        drawn.ShouldBe(expected);
    }

    [Fact]
    public void Not_a_number_hides_no_number()
    {
        Sample[] points = [new(0, 0, double.NaN), new(1, 0, 5), new(2, 0, double.NaN), new(3, 0, double.NegativeInfinity), new(4, 0, double.NaN)];
        Thinning.Thin(points, Axis.Step, 4).ShouldBe([points[0], points[1], points[3], points[4]]);
        Thinning.Thin([.. points.Where(p => double.IsNaN(p.Value)), .. points.Where(p => double.IsNaN(p.Value))], Axis.Step, 4).ShouldBe([points[0], points[4]]);
    }

    private static Sample[] Points(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new Sample(
            random.Next(-5_000, 5_000), random.Next(-90_000, 90_000), random.Next(20) switch { 0 => double.NaN, 1 => double.PositiveInfinity, _ => random.Next(-99, 99) }))];
    }

    private static void Add(BucketSet set, Sample point, int points)
    {
        set.Add(point);
        set.Coarsen(points);
    }

    private static BucketSet Wider(BucketSet set)
    {
        var wider = new BucketSet(set.Axis, set.Shift + 1);
        foreach (var (index, bucket) in set.Items) wider.Add(index >> 1, bucket);
        return wider;
    }

    private static Bucket Outline(Sample[] points, Axis axis)
    {
        var sorted = points.Order(axis == Axis.Step ? Sample.ByStep : Sample.ByTime).ToArray();
        var numbers = sorted.Where(p => !double.IsNaN(p.Value)).DefaultIfEmpty(sorted[0]).ToArray();
        return new Bucket(points.Length, sorted[0], sorted[^1], numbers.MinBy(p => p.Value), numbers.MaxBy(p => p.Value));
    }
}
