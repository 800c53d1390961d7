using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Mesh.Hub.Training;

/// <summary>One algorithm on one fold: the measures on the rows that it did not learn from.</summary>
internal sealed record FoldResult(Algorithm Algorithm, int Fold, IReadOnlyDictionary<string, double> Measures);

/// <summary>An algorithm over all folds.</summary>
/// <param name="Failure">Why it could not be tried, null when it could.</param>
internal sealed record Trial(Algorithm Algorithm, IReadOnlyList<FoldResult> Folds, string? Failure)
{
    /// <summary>Mean of a measure over the folds where it is defined; not a number where it never is.</summary>
    public double Mean(string measure) => Defined(measure).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Deviation of a measure between the folds.</summary>
    public double Deviation(string measure)
    {
        var values = Defined(measure).ToArray();
        return Statistics.Moments.Of(values).Deviation;
    }

    private IEnumerable<double> Defined(string measure) => Folds.Select(f => f.Measures.GetValueOrDefault(measure, double.NaN)).Where(double.IsFinite);
}

/// <summary>Tries algorithms on the same folds.</summary>
internal static class CrossValidation
{
    /// <summary>Fits every algorithm on all folds but one, and measures it on that one, in turn.</summary>
    /// <param name="rows">Rows of the data's table.</param>
    /// <param name="done">Told of every result, from several threads.</param>
    /// <param name="failed">Told when an algorithm cannot be tried, from several threads; the others go on.</param>
    public static IReadOnlyList<Trial> Run(
        TrainingData data, IReadOnlyList<int> rows, IReadOnlyList<Algorithm> algorithms, int folds, int seed,
        Action<FoldResult> done, Action<Algorithm, Exception> failed, CancellationToken ct)
    {
        var parts = Split.IntoParts(rows, data.Strata, folds, seed);
        var results = algorithms.ToDictionary(a => a, _ => new List<FoldResult>());
        var failures = new Dictionary<Algorithm, string>();
        for (var fold = 0; fold < folds; fold++)
        {
            var train = rows.Where((_, i) => parts[i] != fold).ToArray();
            var test = rows.Where((_, i) => parts[i] == fold).ToArray();
            var features = Featurized.Of(data, train, [.. train, .. test], seed);
            var left = algorithms.Where(a => !failures.ContainsKey(a)).ToList();
            // Handed out one by one and slowest first, so that no core waits for a long one at the end.
            Parallel.ForEach(
                System.Collections.Concurrent.Partitioner.Create(left, System.Collections.Concurrent.EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = ct, MaxDegreeOfParallelism = Environment.ProcessorCount },
                algorithm =>
                {
                    try
                    {
                        var result = new FoldResult(algorithm, fold + 1, Measure(data, features, algorithm, train, test, seed));
                        lock (results) results[algorithm].Add(result);
                        done(result);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        lock (results) failures[algorithm] = Cause(e);
                        failed(algorithm, e);
                    }
                });
        }

        return [.. algorithms.Select(a => new Trial(a, results[a], failures.GetValueOrDefault(a)))];
    }

    /// <summary>The best trial by the mean of a metric; the first of equals.</summary>
    /// <exception cref="HubFailure">None could be tried.</exception>
    public static Trial Best(IReadOnlyList<Trial> trials, Metric metric)
    {
        Trial? best = null;
        foreach (var trial in trials.Where(t => t.Failure is null && !double.IsNaN(t.Mean(metric.Name))))
            if (best is null || metric.IsBetter(trial.Mean(metric.Name), best.Mean(metric.Name))) best = trial;
        return best ?? throw new HubFailure(
            $"No algorithm could be trained: {string.Join("; ", trials.Select(t => $"{t.Algorithm.Name}: {t.Failure ?? $"'{metric.Name}' is not defined on any fold"}"))}.");
    }

    /// <summary>A sentence for people of whatever a trainer threw.</summary>
    public static string Cause(Exception e)
    {
        var root = e.GetBaseException();
        return root is DllNotFoundException or TypeInitializationException
            ? "its native library cannot be loaded on this machine (LightGBM needs libgomp)"
            : root.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    private static Dictionary<string, double> Measure(TrainingData data, Featurized features, Algorithm algorithm, int[] train, int[] test, int seed)
    {
        var model = algorithm.Trainer(new MLContext(seed)).Fit(data.AddLabel(features.View(train)));
        var scored = model.Transform(data.AddLabel(features.View(test)));
        switch (data.Task)
        {
            case LearningTask.Binary:
                var positive = scored.GetColumn<float>("Probability").ToArray();
                var negativeName = data.Classes.First(c => c != data.Positive);
                string[] said = [.. scored.GetColumn<bool>("PredictedLabel").Select(p => p ? data.Positive! : negativeName)];
                return Measures.Binary(
                    data.Labels(test), new ClassPredictions(said, Array.ConvertAll(positive, p => new[] { p, 1 - p }), [data.Positive!, negativeName]), data.Positive!);
            case LearningTask.Multiclass:
                string[] labels = [.. scored.GetColumn<uint>("PredictedLabel").Select(key => key == 0 ? "" : data.Classes[(int)key - 1])];
                return Measures.Multiclass(data.Labels(test), new ClassPredictions(labels, [.. scored.GetColumn<float[]>("Score")], data.Classes));
            case LearningTask.Regression:
                return Measures.Regression(data.Values(test), [.. scored.GetColumn<float>("Score").Select(s => (double)s)]);
            default:
                throw new InvalidOperationException($"Unknown task {data.Task}.");
        }
    }
}
