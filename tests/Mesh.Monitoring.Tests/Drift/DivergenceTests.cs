using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Tests.Drift;

public static class Histograms
{
    /// <summary>Two histograms over the same 1 to 40 bins, empty bins and empty sides included.</summary>
    public static Arbitrary<Pair> Pairs() => (
        from bins in Gen.Choose(1, 40)
        from left in Bins(bins)
        from right in Bins(bins)
        select new Pair(left, right)).ToArbitrary();

    private static Gen<long[]> Bins(int bins) => Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 20)), (2, Gen.Choose(1, 100_000)))
        .Select(count => (long)count).ArrayOf(bins);

    public sealed record Pair(long[] Left, long[] Right)
    {
        public override string ToString() => $"[{string.Join(' ', Left)}] [{string.Join(' ', Right)}]";
    }
}

[Properties(Arbitrary = [typeof(Histograms)], MaxTest = 500)]
public sealed class DivergenceTests
{
    private const double Close = 1e-9;

    [Property]
    public bool The_stability_index_is_never_negative_and_finite(Histograms.Pair pair) =>
        Divergence.PopulationStability(pair.Left, pair.Right) is >= 0 and < double.PositiveInfinity;

    [Property]
    public bool The_stability_index_is_symmetric(Histograms.Pair pair) =>
        Math.Abs(Divergence.PopulationStability(pair.Left, pair.Right) - Divergence.PopulationStability(pair.Right, pair.Left)) < Close;

    [Property]
    public bool The_distance_lies_between_zero_and_one(Histograms.Pair pair) => Divergence.JensenShannon(pair.Left, pair.Right) is >= 0 and <= 1;

    [Property]
    public bool The_distance_is_symmetric(Histograms.Pair pair) =>
        Math.Abs(Divergence.JensenShannon(pair.Left, pair.Right) - Divergence.JensenShannon(pair.Right, pair.Left)) < Close;

    [Property]
    public bool Equal_counts_are_no_drift(Histograms.Pair pair) =>
        Divergence.PopulationStability(pair.Left, pair.Left) < Close && Divergence.JensenShannon(pair.Left, pair.Left) == 0
        && !Divergence.IsSignificant(pair.Left, pair.Left, 0.01);

    [Property]
    public bool Equal_shares_are_no_distance_whatever_the_number_of_rows(Histograms.Pair pair) =>
        Divergence.JensenShannon(pair.Left, [.. pair.Left.Select(count => count * 7)]) < 1e-6;

    [Property]
    public bool Bins_that_are_empty_on_both_sides_change_nothing(Histograms.Pair pair) =>
        Math.Abs(Divergence.PopulationStability(pair.Left, pair.Right) - Divergence.PopulationStability([.. pair.Left, 0, 0], [.. pair.Right, 0, 0])) < Close
        && Divergence.IsSignificant(pair.Left, pair.Right, 0.01) == Divergence.IsSignificant([.. pair.Left, 0, 0], [.. pair.Right, 0, 0], 0.01);

    [Fact]
    public void The_stability_index_of_a_worked_example_is_right()
    {
        // (0.3 − 0.5)·ln(0.3/0.5) + (0.7 − 0.5)·ln(0.7/0.5), with counts so large that smoothing is below the tolerance.
        var expected = -0.2 * Math.Log(0.6) + 0.2 * Math.Log(1.4);
        Divergence.PopulationStability([5_000_000, 5_000_000], [3_000_000, 7_000_000]).ShouldBe(expected, 1e-6);
    }

    [Fact]
    public void The_distance_of_shares_without_overlap_is_one() => Divergence.JensenShannon([10, 0], [0, 3]).ShouldBe(1, Close);

    [Fact]
    public void The_distance_of_a_worked_example_is_right()
    {
        // p = (1, 0), q = (1/2, 1/2): m = (3/4, 1/4); JSD = ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2(2)) = 0.31128 bit.
        Divergence.JensenShannon([8, 0], [4, 4]).ShouldBe(Math.Sqrt(0.311278), 1e-5);
    }

    [Theory]
    [InlineData(1, 0.05, 3.841)]
    [InlineData(9, 0.01, 21.666)]
    [InlineData(10, 0.001, 29.588)]
    [InlineData(29, 0.01, 49.588)]
    public void The_quantile_agrees_with_the_tables(int degrees, double alpha, double expected) =>
        Divergence.ChiSquareQuantile(degrees, alpha).ShouldBe(expected, expected * 0.025);

    [Fact]
    public void A_window_from_the_same_distribution_is_hardly_ever_significant()
    {
        var random = new Random(20260523);
        var alarms = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var (reference, window) = (new long[10], new long[10]);
            for (var i = 0; i < 400; i++) reference[random.Next(10)]++;
            for (var i = 0; i < 50; i++) window[random.Next(10)]++;
            if (Divergence.IsSignificant(reference, window, 0.01)) alarms++;
        }

        alarms.ShouldBeLessThan(45, "1 % of 2,000 is 20");
    }

    [Fact]
    public void Different_numbers_of_bins_are_a_fault_of_ours() =>
        Should.Throw<ArgumentException>(() => Divergence.JensenShannon([1, 2], [1]));
}
