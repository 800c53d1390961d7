using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Tests.Drift;

public sealed class FeatureReferenceTests
{
    private static readonly FeatureReference Numeric = FeatureReference.Of(new ColumnStatistics("size", 40, 2, Edges: [1, 2.5, 4], Counts: [10, 10, 10, 10]))!;

    private static readonly FeatureReference Categorical = FeatureReference.Of(
        new ColumnStatistics("colour", 9, 1, Categories: new Dictionary<string, long> { ["red"] = 4, ["blue"] = 5 }))!;

    [Theory]
    [InlineData("0.99", 0)]
    [InlineData("1", 1)]
    [InlineData("2.4999", 1)]
    [InlineData("2.5", 2)]
    [InlineData("4", 3)]
    [InlineData("1e300", 3)]
    [InlineData("-1e300", 0)]
    [InlineData("[1.5]", 1)]
    [InlineData("true", 1)]
    public void A_number_falls_into_the_bin_on_the_right_of_its_edge(string json, int bin) => Numeric.BinOf(json).ShouldBe(bin);

    [Fact]
    public void The_outermost_bins_are_without_end()
    {
        Numeric.BinOf(double.PositiveInfinity).ShouldBe(3);
        Numeric.BinOf(double.NegativeInfinity).ShouldBe(0);
    }

    [Theory]
    [InlineData("\"NaN\"")]
    [InlineData("\"many\"")]
    [InlineData("[1,2]")]
    public void What_is_no_number_counts_as_missing(string json) => Numeric.BinOf(json).ShouldBe(Numeric.Bins - 1);

    [Fact]
    public void What_is_not_there_counts_as_missing()
    {
        Numeric.BinOf(new PredictionColumn("x", ColumnType.Fp32), to => PredictionValues.Write(to, [float.NaN], true)).ShouldBe(Numeric.Bins - 1);
        Numeric.BinOf(new PredictionColumn("x", ColumnType.Fp64, IsScalar: false), to => PredictionValues.Write(to, (ReadOnlySpan<double>)[], false)).ShouldBe(Numeric.Bins - 1);
        Categorical.BinOf(new PredictionColumn("x", ColumnType.Fp32), to => PredictionValues.Write(to, [float.NaN], true)).ShouldBe(Categorical.Bins - 1);
        Categorical.BinOf("[\"red\",\"red\"]").ShouldBe(Categorical.Bins - 1);
    }

    [Fact]
    public void Missing_values_of_the_training_data_are_a_bin() => Numeric.Counts.ToArray().ShouldBe([10, 10, 10, 10, 2]);

    [Fact]
    public void A_category_that_training_never_saw_has_its_own_bin()
    {
        Categorical.Counts.ToArray().ShouldBe([5, 4, 0, 1]);
        Categorical.BinOf("\"blue\"").ShouldBe(0);
        Categorical.BinOf("\"red\"").ShouldBe(1);
        Categorical.BinOf("\"green\"").ShouldBe(2);
        Categorical.BinOf("\"\"").ShouldBe(3);
        Categorical.BinOf($"\"{new string('r', 300)}\"").ShouldBe(2);
    }

    [Fact]
    public void Rare_categories_that_the_statistics_leave_out_are_no_news()
    {
        var reference = FeatureReference.Of(new ColumnStatistics("city", 100, 0, Categories: new Dictionary<string, long> { ["Oslo"] = 60, ["Bergen"] = 30 }))!;
        reference.Counts.ToArray().ShouldBe([30, 60, 10, 0]);
    }

    [Fact]
    public void Numbers_and_truths_may_be_categories()
    {
        var reference = FeatureReference.Of(new ColumnStatistics("n", 2, 0, Categories: new Dictionary<string, long> { ["1"] = 1, ["true"] = 1 }))!;
        reference.BinOf("1").ShouldBe(0);
        reference.BinOf("true").ShouldBe(1);
        reference.BinOf(new PredictionColumn("n", ColumnType.Fp32), to => PredictionValues.Write(to, [1f], true)).ShouldBe(0);
        reference.BinOf(new PredictionColumn("n", ColumnType.Int64), to => PredictionValues.Write(to, [1L], true)).ShouldBe(0);
        var tenths = FeatureReference.Of(new ColumnStatistics("n", 2, 0, Categories: new Dictionary<string, long> { ["0.1"] = 2 }))!;
        tenths.BinOf(new PredictionColumn("n", ColumnType.Fp32), to => PredictionValues.Write(to, [0.1f], true)).ShouldBe(0);
    }

    [Fact]
    public void A_value_on_an_edge_stays_there_in_single_precision()
    {
        var reference = FeatureReference.Of(new ColumnStatistics("x", 2, 0, Edges: [17.99], Counts: [1, 1]), single: true)!;
        ((double)17.99f).ShouldBeLessThan(17.99);
        reference.BinOf(17.99f).ShouldBe(1);
    }

    [Fact]
    public void Columns_without_a_distribution_are_left_out()
    {
        FeatureReference.Of(new ColumnStatistics("id", 5, 0)).ShouldBeNull();
        FeatureReference.Of(new ColumnStatistics("bad", 5, 0, Edges: [1], Counts: [5])).ShouldBeNull();
        FeatureReference.Of(new ColumnStatistics("empty", 0, 0, Edges: [1], Counts: [0, 0])).ShouldBeNull();
    }

    [Fact]
    public void Only_inputs_of_the_model_are_compared()
    {
        var signature = new ModelSignature([new Column("size", ColumnType.Fp32)], [new Column("label", ColumnType.Bytes)]);
        var statistics = new TrainingStatistics(
            2, [new("size", 2, 0, Edges: [1], Counts: [1, 1]), new("label", 2, 0, Categories: new Dictionary<string, long> { ["a"] = 2 })]);
        FeatureReference.Of(signature, statistics).Select(reference => reference.Name).ShouldBe(["size"]);
        FeatureReference.Of(signature, null).ShouldBeEmpty();
    }
}
