using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Hub.Tests.Training;

/// <summary>What is saved is what is served: each test scores rows with the file.</summary>
public sealed class TrainedModelTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7():N}.zip");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("sdca")]
    [InlineData("lbfgs")]
    [InlineData("averaged-perceptron")]
    [InlineData("fast-tree")]
    [InlineData("fast-forest")]
    [InlineData("light-gbm")]
    public void A_binary_model_is_saved_with_the_outputs_that_its_signature_names(string algorithm)
    {
        var (data, train, held) = Split(RealData.BreastCancer, "diagnosis");
        data.Positive.ShouldBe("malignant");
        var model = Save(data, train, algorithm);

        var signature = model.Signature();
        signature.Inputs.Count.ShouldBe(30);
        signature.Inputs.ShouldAllBe(i => i.Type == ColumnType.Fp32 && i.Shape == null);
        signature.Outputs.ShouldBe([new Column("PredictedLabel", ColumnType.Bytes), new Column("Probability", ColumnType.Fp32), new Column("Score", ColumnType.Fp32)]);

        using var scorer = new MlNetScorer(_file, signature);
        var outputs = scorer.Score(data.Table, held);
        outputs[0].Texts!.Distinct().Order().ShouldBe(["benign", "malignant"]);
        outputs[1].Numbers!.ShouldAllBe(p => p[0] >= 0 && p[0] <= 1);
        var measures = Evaluation.Measure(outputs, model.Tags(), data.Target, held, data.Positive);
        measures["accuracy"].ShouldBeGreaterThan(0.93);
        measures["auc"].ShouldBeGreaterThan(0.97);
    }

    [Theory]
    [InlineData("sdca")]
    [InlineData("lbfgs")]
    [InlineData("fast-tree")]
    [InlineData("fast-forest")]
    [InlineData("light-gbm")]
    public void A_multiclass_model_gives_the_text_of_the_label_and_a_probability_per_class(string algorithm)
    {
        var (data, train, held) = Split(RealData.Wine, "cultivar");
        var model = Save(data, train, algorithm);
        model.Signature().Outputs[1].Shape.ShouldBe([3L]);
        model.Tags()["classes"].ShouldBe("""["0","1","2"]""");

        using var scorer = new MlNetScorer(_file, model.Signature());
        var outputs = scorer.Score(data.Table, held);
        outputs[0].Texts!.Distinct().Order().ShouldBe(["0", "1", "2"]);
        outputs[1].Numbers!.ShouldAllBe(p => p.Length == 3 && Math.Abs(p.Sum() - 1) < 1e-3);
        Evaluation.Measure(outputs, model.Tags(), data.Target, held, null)["accuracy"].ShouldBeGreaterThan(0.9);
    }

    [Theory]
    [InlineData("sdca")]
    [InlineData("fast-tree")]
    [InlineData("fast-forest")]
    [InlineData("light-gbm")]
    public void A_regression_model_gives_a_score_and_takes_categories(string algorithm)
    {
        var (data, train, held) = Split(RealData.Weather, "temp_max");
        var model = Save(data, train, algorithm);
        model.Signature().Inputs.ShouldContain(new Column("weather", ColumnType.Bytes));
        model.Signature().Inputs.ShouldNotContain(i => i.Name == "date");
        model.Signature().Outputs.ShouldBe([new Column("Score", ColumnType.Fp32)]);

        using var scorer = new MlNetScorer(_file, model.Signature());
        Evaluation.Measure(scorer.Score(data.Table, held), model.Tags(), data.Target, held, null)["r2"].ShouldBeGreaterThan(0.7);
    }

    [Fact]
    public void The_saved_schema_has_the_features_and_no_label()
    {
        var (data, train, _) = Split(RealData.Weather, "weather");
        Save(data, train, "light-gbm");
        new MLContext().Model.Load(_file, out var schema);
        schema.Select(c => c.Name).ShouldBe(["precipitation", "temp_max", "temp_min", "wind"]);
        schema.ShouldAllBe(c => c.Type == NumberDataViewType.Single);
    }

    [Fact]
    public void Missing_numbers_and_unknown_categories_are_scored()
    {
        var (data, train, _) = Split(RealData.Weather, "temp_max");
        var model = Save(data, train, "sdca");
        using var stream = new MemoryStream("precipitation,temp_min,wind,weather\n,5,2,rain\n1,,3,tornado\n,,,\n"u8.ToArray());
        using var scorer = new MlNetScorer(_file, model.Signature());
        scorer.Score(CsvTable.Read(stream, "t"), [0, 1, 2])[0].Numbers!.ShouldAllBe(s => float.IsFinite(s[0]) && s[0] > -50 && s[0] < 60);
    }

    [Fact]
    public void Missing_numbers_in_the_training_rows_are_learnt_around()
    {
        var text = new StringBuilder("a,b,kind\n");
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var a = random.NextDouble();
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(i % 7 == 0 ? "" : $"{a:0.000}")},{random.NextDouble():0.000},{(a > 0.5 ? "high" : "low")}\n");
        }

        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
        var (data, train, held) = Split(CsvTable.Read(stream, "t"), "kind");
        var model = Save(data, train, "lbfgs");
        using var scorer = new MlNetScorer(_file, model.Signature());
        Evaluation.Measure(scorer.Score(data.Table, held), model.Tags(), data.Target, held, data.Positive)["accuracy"].ShouldBeGreaterThan(0.8);
    }

    [Fact]
    public void Statistics_describe_the_rows_that_were_learnt_from()
    {
        var (data, train, _) = Split(RealData.Weather, "temp_max");
        var statistics = Save(data, train, "sdca").Statistics(train);
        statistics.Rows.ShouldBe(train.Length);
        statistics.Columns.Select(c => c.Name).ShouldBe(["precipitation", "temp_min", "wind", "weather", "Score"]);
        statistics.Columns.Single(c => c.Name == "weather").Categories!.Values.Sum().ShouldBe(train.Length);
        foreach (var column in statistics.Columns.Where(c => c.Edges is not null))
        {
            column.Counts!.Count.ShouldBe(column.Edges!.Count + 1);
            column.Counts.Sum().ShouldBe(column.Count);
            column.Counts.Count.ShouldBeInRange(2, 10);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_predictions()
    {
        var (data, train, held) = Split(RealData.BreastCancer, "diagnosis");
        float[] Probabilities(string algorithm)
        {
            var model = Save(data, train, algorithm);
            using var scorer = new MlNetScorer(_file, model.Signature());
            return [.. scorer.Score(data.Table, held)[1].Numbers!.Select(n => n[0])];
        }

        foreach (var algorithm in Algorithm.For(LearningTask.Binary)) Probabilities(algorithm.Name).ShouldBe(Probabilities(algorithm.Name), algorithm.Name);
    }

    private static (TrainingData Data, int[] Train, int[] Held) Split(Table table, string target)
    {
        var data = TrainingData.Of(table, target, "auto", [], null, _ => { });
        var (train, held) = Hub.Training.Split.HoldOut(data.Rows, data.Strata, 0.25, 7);
        return (data, train, held);
    }

    private TrainedModel Save(TrainingData data, int[] rows, string algorithm)
    {
        var model = TrainedModel.Fit(data, rows, Algorithm.For(data.Task).Single(a => a.Name == algorithm), 1);
        using var stream = File.Create(_file);
        model.Save(stream);
        return model;
    }
}
