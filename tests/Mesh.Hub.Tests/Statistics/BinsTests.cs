using Mesh.Hub.Statistics;

namespace Mesh.Hub.Tests.Statistics;

public sealed class BinsTests
{
    [Fact]
    public void Quantile_bins_hold_equally_many_and_none_is_empty()
    {
        double[] sorted = [.. Enumerable.Range(0, 1000).Select(i => i / 7.0)];
        var edges = Bins.ByQuantile(sorted);
        edges.Length.ShouldBe(9);
        Bins.Count(sorted, edges).ShouldAllBe(c => c >= 99 && c <= 101);
    }

    [Theory]
    [InlineData(new double[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 })]
    [InlineData(new double[] { 0, 0, 0, 1, 1, 2 })]
    [InlineData(new double[] { 1, 2 })]
    [InlineData(new double[] { -3, -3, -3, -3, 7, 7, 7, 7, 8 })]
    public void Ties_make_fewer_bins_but_never_an_empty_one(double[] sorted)
    {
        var edges = Bins.ByQuantile(sorted);
        edges.ShouldBe(edges.Order());
        var counts = Bins.Count(sorted, edges);
        counts.Length.ShouldBe(edges.Length + 1);
        counts.Sum().ShouldBe(sorted.Length);
        counts.ShouldAllBe(c => c > 0);
        counts.Length.ShouldBeGreaterThan(1);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(-123456.789)]
    public void A_constant_has_a_bin_of_its_own_that_survives_single_precision(double value)
    {
        var edges = Bins.ByQuantile([value, value, value]);
        Bins.Count([value, (float)value, value + (0.01 * Math.Abs(value)) + 0.01, value - (0.01 * Math.Abs(value)) - 0.01], edges).ShouldBe([1, 2, 1]);
    }

    [Fact]
    public void Single_precision_moves_no_real_value_to_another_bin()
    {
        foreach (var column in RealData.BreastCancer.Columns.Where(c => c.Numbers is not null))
        {
            double[] sorted = [.. column.Numbers!.Order()];
            var edges = Bins.ByQuantile(sorted);
            Bins.Count(Array.ConvertAll(sorted, v => (double)(float)v), edges).ShouldBe(Bins.Count(sorted, edges), column.Name);
        }
    }

    [Fact]
    public void A_value_on_an_edge_belongs_to_the_bin_on_its_right() => Bins.Count([1, 2, 3], [2]).ShouldBe([1, 2]);

    [Fact]
    public void Equal_widths_cover_the_range()
    {
        var edges = Bins.ByWidth([0, 1, 2, 10], 10);
        edges.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9], 1e-12);
    }
}
