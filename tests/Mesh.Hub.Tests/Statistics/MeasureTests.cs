using Mesh.Hub.Scoring;
using Mesh.Hub.Statistics;
using Microsoft.ML;

namespace Mesh.Hub.Tests.Statistics;

public sealed class MeasureTests
{
    [Fact]
    public void Moments_and_quantiles_are_those_of_textbooks()
    {
        Moments.Of([2, 4, 4, 4, 5, 5, 7, 9]).ShouldBe(new Moments(8, 5, Math.Sqrt(32 / 7.0)));
        Quantiles.Of([1, 2, 3, 4], 0.25).ShouldBe(1.75);
        Quantiles.Of([1, 2, 3, 4], 1).ShouldBe(4);
    }

    [Fact]
    public void Correlations_are_those_of_textbooks()
    {
        Association.Pearson([1, 2, 3, double.NaN], [2, 4, 6, 1])!.Value.ShouldBe(1, 1e-12);
        Association.Pearson([1, 2, 3], [3, 2, 1])!.Value.ShouldBe(-1, 1e-12);
        Association.Pearson([1, 1, 1], [1, 2, 3]).ShouldBeNull();
        Association.CorrelationRatio([1, 1, 5, 5], [0, 0, 1, 1], 2)!.Value.ShouldBe(1, 1e-12);
        Association.CorrelationRatio([1, 5, 1, 5], [0, 0, 1, 1], 2)!.Value.ShouldBe(0, 1e-12);
    }

    [Fact]
    public void Binary_measures_agree_with_the_evaluator_of_ML_NET()
    {
        var random = new Random(3);
        var rows = Enumerable.Range(0, 400).Select(_ =>
        {
            var truth = random.NextDouble() < 0.3;
            var p = (float)Math.Round(Math.Clamp((truth ? 0.6 : 0.35) + ((random.NextDouble() - 0.5) * 0.8), 0.01, 0.99), 2);
            return new Row { Label = truth, Probability = p, Score = p - 0.5f, PredictedLabel = p > 0.5f };
        }).ToArray();
        var ml = new MLContext();
        var theirs = ml.BinaryClassification.Evaluate(ml.Data.LoadFromEnumerable(rows));
        var ours = Measures.Binary(
            [.. rows.Select(r => r.Label ? "yes" : "no")],
            new ClassPredictions([.. rows.Select(r => r.PredictedLabel ? "yes" : "no")], [.. rows.Select(r => new[] { r.Probability, 1 - r.Probability })], ["yes", "no"]), "yes");
        ours["accuracy"].ShouldBe(theirs.Accuracy, 1e-9);
        ours["auc"].ShouldBe(theirs.AreaUnderRocCurve, 1e-9);
        ours["f1"].ShouldBe(theirs.F1Score, 1e-9);
        ours["precision"].ShouldBe(theirs.PositivePrecision, 1e-9);
        ours["recall"].ShouldBe(theirs.PositiveRecall, 1e-9);
        // Theirs is in bits.
        ours["log-loss"].ShouldBe(theirs.LogLoss * Math.Log(2), 1e-6);
    }

    [Fact]
    public void Several_classes_are_weighed_alike()
    {
        var ours = Measures.Multiclass(["a", "a", "a", "b", "c"], new ClassPredictions(["a", "a", "b", "b", "x"], null, []));
        ours["accuracy"].ShouldBe(0.6, 1e-12);
        ours["macro-accuracy"].ShouldBe(((2 / 3.0) + 1 + 0) / 3, 1e-12);
        ours.ShouldNotContainKey("log-loss");
    }

    [Fact]
    public void A_class_that_the_model_never_saw_costs_a_finite_loss()
    {
        var ours = Measures.Multiclass(["a", "new"], new ClassPredictions(["a", "b"], [[1, 0], [0.5f, 0.5f]], ["a", "b"]));
        ours["log-loss"].ShouldBeGreaterThan(10);
        double.IsFinite(ours["log-loss"]).ShouldBeTrue();
    }

    [Fact]
    public void Regression_measures_are_those_of_textbooks()
    {
        var ours = Measures.Regression([1, 2, 3], [1, 2, 5]);
        ours["rmse"].ShouldBe(Math.Sqrt(4 / 3.0), 1e-12);
        ours["mae"].ShouldBe(2 / 3.0, 1e-12);
        ours["r2"].ShouldBe(-1, 1e-12);
    }

    [Fact]
    public void Auc_without_one_side_is_not_defined() => double.IsNaN(Measures.Auc([1, 2], [true, true])).ShouldBeTrue();

    [Fact]
    public void Auc_of_scores_that_are_no_numbers_is_not_defined()
    {
        double.IsNaN(Measures.Auc([0.1f, float.NaN, 0.9f], [false, true, true])).ShouldBeTrue();
        var ours = Measures.Binary(["yes", "no"], new ClassPredictions(["yes", "no"], [[float.NaN, float.NaN], [0.5f, 0.5f]], ["yes", "no"]), "yes");
        (ours["accuracy"], double.IsNaN(ours["auc"])).ShouldBe((1, true));
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public bool PredictedLabel { get; set; }

        public float Probability { get; set; }

        public float Score { get; set; }
    }
}
