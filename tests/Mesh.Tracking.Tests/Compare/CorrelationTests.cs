using Mesh.Contracts.Tracking;
using Mesh.Tracking.Compare;

namespace Mesh.Tracking.Tests.Compare;

/// <summary>The measures against values computed by hand.</summary>
public sealed class CorrelationTests
{
    private const double Close = 1e-12;

    [Fact]
    public void Pearson_by_hand()
    {
        // Means 2 and 3: Σ dx dy = (-1)(-1) + 0(-1) + 1(2) = 3; Σ dx² = 2; Σ dy² = 1 + 1 + 4 = 6.
        Correlation.Pearson([1, 2, 3], [2, 2, 5])!.Value.ShouldBe(3 / Math.Sqrt(12), Close);
        Correlation.Pearson([1, 2, 3], [10, 20, 30])!.Value.ShouldBe(1, Close);
        Correlation.Pearson([1, 2, 3], [3, 2, 1])!.Value.ShouldBe(-1, Close);
        // Deviations -1.5, -0.5, 0.5, 1.5 and -1.5, 0.5, -0.5, 1.5: Σ dx dy = 2.25 - 0.25 - 0.25 + 2.25 = 4; both squares sum to 5.
        Correlation.Pearson([1, 2, 3, 4], [1, 3, 2, 4])!.Value.ShouldBe(0.8, Close);
        Correlation.Pearson([1, 2, 1, 2], [1, 1, 2, 2])!.Value.ShouldBe(0, Close);
    }

    [Fact]
    public void Spearman_by_hand()
    {
        // Monotonic, not linear.
        Correlation.Spearman([1, 2, 3, 4], [1, 10, 100, 1000])!.Value.ShouldBe(1, Close);
        // 1 - 6 Σd² / (n(n² - 1)) with d = 0, 1, -1, 0: 1 - 12 / 60.
        Correlation.Spearman([1, 2, 3, 4], [5, 70, 6, 800])!.Value.ShouldBe(0.8, Close);
        // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: Σ dx dy = 4.5, Σ dx² = 4.5, Σ dy² = 5.
        Correlation.Spearman([1, 2, 2, 3], [1, 2, 3, 4])!.Value.ShouldBe(4.5 / Math.Sqrt(22.5), Close);
    }

    [Fact]
    public void Equal_values_share_the_mean_of_their_ranks()
    {
        Correlation.Ranks([10, 30, 10, 20]).ShouldBe([1.5, 4, 1.5, 3]);
        Correlation.Ranks([7, 7, 7]).ShouldBe([2, 2, 2]);
        Correlation.Ranks([]).ShouldBeEmpty();
    }

    [Fact]
    public void The_correlation_ratio_by_hand()
    {
        // Mean 4; groups 2 (of 1, 3) and 6 (of 5, 7): between 2 · 4 + 2 · 4 = 16, total 9 + 1 + 1 + 9 = 20.
        Correlation.EtaSquared(["a", "a", "b", "b"], [1, 3, 5, 7])!.Value.ShouldBe(0.8, Close);
        Correlation.EtaSquared(["a", "b", "a", "b"], [1, 2, 1, 2])!.Value.ShouldBe(1, Close);
        Correlation.EtaSquared(["a", "b", "a", "b"], [1, 1, 2, 2])!.Value.ShouldBe(0, Close);
        Correlation.EtaSquared(["a", "a"], [1, 2])!.Value.ShouldBe(0, Close);
        // Mean 3; groups 2 (of 1, 2, 3), 6 (of 6): between 3 · 1 + 9 = 12, total 4 + 1 + 0 + 9 = 14.
        Correlation.EtaSquared(["a", "a", "a", "b"], [1, 2, 3, 6])!.Value.ShouldBe(12 / 14.0, Close);
    }

    [Fact]
    public void What_does_not_vary_goes_with_nothing()
    {
        Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3]).ShouldBeNull();
        Correlation.Pearson([1, 2, 3], [0.1, 0.1, 0.1]).ShouldBeNull();
        Correlation.Spearman([0.1, 0.1], [1, 2]).ShouldBeNull();
        Correlation.EtaSquared(["a", "b"], [0.1, 0.1]).ShouldBeNull();
        Correlation.Pearson([1], [1]).ShouldBeNull();
        Correlation.Pearson([], []).ShouldBeNull();
        Correlation.EtaSquared(["a"], [1]).ShouldBeNull();
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e-300)]
    [InlineData(5e-324)]
    public void Neither_large_nor_small_numbers_are_lost(double unit)
    {
        Correlation.Pearson([1 * unit, 2 * unit, 3 * unit], [2, 2, 5])!.Value.ShouldBe(3 / Math.Sqrt(12), 1e-12);
        Correlation.EtaSquared(["a", "a", "b", "b"], [1 * unit, 3 * unit, 5 * unit, 7 * unit])!.Value.ShouldBe(0.8, 1e-12);
    }

    [Fact]
    public void The_whole_range_of_numbers_is_taken()
    {
        Correlation.Pearson([double.MinValue, 0, double.MaxValue], [1, 2, 3])!.Value.ShouldBe(1, Close);
        Correlation.Pearson([0, double.Epsilon], [1, 2])!.Value.ShouldBe(1, Close);
    }

    [Fact]
    public void Lists_of_different_length_are_a_mistake_of_the_program() =>
        Should.Throw<ArgumentException>(() => Correlation.Pearson([1, 2], [1]));

    [Fact]
    public void A_param_is_of_numbers_only_when_every_value_is_one()
    {
        double[] metric = [1, 2, 3, 4];
        var numbers = RunCorrelation.Of("lr", [(0, "0.1"), (1, "2e-1"), (3, "0.4")], metric);
        (numbers.Kind, numbers.Runs, numbers.Distinct, numbers.EtaSquared).ShouldBe((ValueKind.Number, 3, 3, null));
        numbers.Pearson!.Value.ShouldBe(1, Close);
        var words = RunCorrelation.Of("opt", [(0, "0.1"), (1, "adam"), (2, "0.1")], metric);
        (words.Kind, words.Runs, words.Distinct, words.Pearson, words.Spearman).ShouldBe((ValueKind.Category, 3, 2, null, null));
        // Mean 2; groups 2 (of 1, 3) and 2: nothing is between them.
        words.EtaSquared!.Value.ShouldBe(0, Close);
    }
}
