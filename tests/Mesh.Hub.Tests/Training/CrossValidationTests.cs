using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Tests.Training;

public sealed class CrossValidationTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_binary_algorithm_learns_breast_cancer()
    {
        foreach (var trial in Try(RealData.BreastCancer, "diagnosis", LearningTask.Binary))
        {
            trial.Failure.ShouldBeNull();
            trial.Folds.Count.ShouldBe(5);
            trial.Mean("accuracy").ShouldBeGreaterThan(0.92, trial.Algorithm.Name);
            trial.Mean("auc").ShouldBeGreaterThan(0.97, trial.Algorithm.Name);
            trial.Mean("log-loss").ShouldBeLessThan(0.3, trial.Algorithm.Name);
        }
    }

    [Fact]
    public void Every_multiclass_algorithm_learns_wine()
    {
        foreach (var trial in Try(RealData.Wine, "cultivar", LearningTask.Multiclass))
        {
            trial.Failure.ShouldBeNull();
            trial.Mean("accuracy").ShouldBeGreaterThan(0.9, trial.Algorithm.Name);
            trial.Mean("log-loss").ShouldBeLessThan(0.6, trial.Algorithm.Name);
        }
    }

    [Fact]
    public void Every_regression_algorithm_learns_the_temperature()
    {
        foreach (var trial in Try(RealData.Weather, "temp_max", LearningTask.Regression))
        {
            trial.Failure.ShouldBeNull();
            trial.Mean("r2").ShouldBeGreaterThan(0.7, trial.Algorithm.Name);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_results()
    {
        static double[] Losses() => [.. Try(RealData.Wine, "cultivar", LearningTask.Multiclass, _ => { }).Select(t => t.Mean("log-loss"))];
        Losses().ShouldBe(Losses());
    }

    private IReadOnlyList<Trial> Try(Table table, string target, LearningTask expected) => Try(table, target, expected, output.WriteLine);

    private static IReadOnlyList<Trial> Try(Table table, string target, LearningTask expected, Action<string> write)
    {
        var data = TrainingData.Of(table, target, "auto", [], null, write);
        data.Task.ShouldBe(expected);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var trials = CrossValidation.Run(
            data, data.Rows, Algorithm.For(data.Task), 5, 1,
            r => write($"{clock.ElapsedMilliseconds,6} {r.Algorithm.Name} {r.Fold} {string.Join(' ', r.Measures.Select(m => $"{m.Key}={m.Value:0.000}"))}"),
            (a, e) => write($"{a.Name}: {e}"), CancellationToken.None);
        return trials;
    }
}
