using Mesh.Hub.Running;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Mesh.Hub.Training;

/// <summary>A way to learn, with the values of its knobs. One thread each: several train side by side, and the same seed gives the same model.</summary>
/// <param name="Name">By which callers choose it; the same idea has the same name in every task.</param>
/// <param name="Params">What is logged of it.</param>
/// <param name="Trainer">Makes the trainer; it reads <see cref="Featurizer.Features"/> and <see cref="Featurizer.Label"/>.</param>
internal sealed record Algorithm(string Name, IReadOnlyDictionary<string, string> Params, Func<MLContext, IEstimator<ITransformer>> Trainer)
{
    private const string Label = Featurizer.Label;
    private const string Features = Featurizer.Features;

    private static readonly IReadOnlyDictionary<string, string> Forest = Knobs(("trees", "100"), ("leaves", "20"), ("min-rows-per-leaf", "10"));
    private static readonly IReadOnlyDictionary<string, string> Boosted = Knobs(("trees", "100"), ("leaves", "20"), ("min-rows-per-leaf", "10"), ("learning-rate", "0.2"));
    private static readonly IReadOnlyDictionary<string, string> Light = Knobs(("iterations", "100"), ("leaves", "20"), ("min-rows-per-leaf", "10"), ("learning-rate", "0.1"));
    private static readonly IReadOnlyDictionary<string, string> Sdca = Knobs(("max-iterations", "100"), ("l2", "0.0001"));
    private static readonly IReadOnlyDictionary<string, string> Lbfgs = Knobs(("l1", "0"), ("l2", "1"));

    /// <summary>The names of all algorithms, whatever the task.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<LearningTask>().SelectMany(For).Select(a => a.Name).Distinct()];

    /// <summary>All algorithms for a task, the slowest first so that those which train side by side end together.</summary>
    public static IReadOnlyList<Algorithm> For(LearningTask task) => task switch
    {
        LearningTask.Binary =>
        [
            new("fast-forest", Forest, ml => ml.BinaryClassification.Trainers.FastForest(Forested(new FastForestBinaryTrainer.Options()))
                .Append(ml.BinaryClassification.Calibrators.Platt(Label))),
            new("fast-tree", Boosted, ml => ml.BinaryClassification.Trainers.FastTree(BoostedTree(new FastTreeBinaryTrainer.Options()))),
            new("light-gbm", Light, ml => ml.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, Seed = 1, Deterministic = true,
                NumberOfIterations = 100, NumberOfLeaves = 20, MinimumExampleCountPerLeaf = 10, LearningRate = 0.1,
            })),
            new("sdca", Sdca, ml => ml.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, MaximumNumberOfIterations = 100, L2Regularization = 1e-4f,
            })),
            new("lbfgs", Lbfgs, ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, L1Regularization = 0, L2Regularization = 1,
            })),
            new("averaged-perceptron", Knobs(("iterations", "20")), ml => ml.BinaryClassification.Trainers.AveragedPerceptron(Label, Features, numberOfIterations: 20)
                .Append(ml.BinaryClassification.Calibrators.Platt(Label))),
        ],
        LearningTask.Multiclass =>
        [
            new("fast-tree", Boosted, ml => ml.MulticlassClassification.Trainers.OneVersusAll(
                ml.BinaryClassification.Trainers.FastTree(BoostedTree(new FastTreeBinaryTrainer.Options())), Label)),
            new("fast-forest", Forest, ml => ml.MulticlassClassification.Trainers.OneVersusAll<FastForestBinaryModelParameters>(
                ml.BinaryClassification.Trainers.FastForest(Forested(new FastForestBinaryTrainer.Options())), Label)),
            new("light-gbm", Light, ml => ml.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, Seed = 1, Deterministic = true, UseSoftmax = true,
                NumberOfIterations = 100, NumberOfLeaves = 20, MinimumExampleCountPerLeaf = 10, LearningRate = 0.1,
            })),
            new("sdca", Sdca, ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, MaximumNumberOfIterations = 100, L2Regularization = 1e-4f,
            })),
            new("lbfgs", Lbfgs, ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, L1Regularization = 0, L2Regularization = 1,
            })),
        ],
        LearningTask.Regression =>
        [
            new("fast-forest", Forest, ml => ml.Regression.Trainers.FastForest(Forested(new FastForestRegressionTrainer.Options()))),
            new("fast-tree", Boosted, ml => ml.Regression.Trainers.FastTree(BoostedTree(new FastTreeRegressionTrainer.Options()))),
            new("light-gbm", Light, ml => ml.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, Seed = 1, Deterministic = true,
                NumberOfIterations = 100, NumberOfLeaves = 20, MinimumExampleCountPerLeaf = 10, LearningRate = 0.1,
            })),
            new("sdca", Sdca, ml => ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
            {
                LabelColumnName = Label, FeatureColumnName = Features, NumberOfThreads = 1, MaximumNumberOfIterations = 100, L2Regularization = 1e-4f,
            })),
        ],
        _ => throw new InvalidOperationException($"Unknown task {task}."),
    };

    /// <summary>The algorithms of a task that are named; all when none is.</summary>
    /// <exception cref="HubFailure">A name is unknown.</exception>
    public static IReadOnlyList<Algorithm> Choose(LearningTask task, IReadOnlyList<string> names)
    {
        var all = For(task);
        foreach (var name in names.Where(n => all.All(a => a.Name != n)))
            throw new HubFailure($"There is no algorithm '{name}' for {task.Name()}; there are {string.Join(", ", all.Select(a => a.Name))}.");
        return names.Count == 0 ? all : [.. all.Where(a => names.Contains(a.Name))];
    }

    private static T Forested<T>(T options) where T : FastForestOptionsBase
    {
        Trees(options);
        return options;
    }

    private static T BoostedTree<T>(T options) where T : BoostedTreeOptions
    {
        Trees(options);
        options.LearningRate = 0.2;
        return options;
    }

    private static void Trees(TreeOptions options)
    {
        options.LabelColumnName = Label;
        options.FeatureColumnName = Features;
        options.NumberOfThreads = 1;
        options.NumberOfTrees = 100;
        options.NumberOfLeaves = 20;
        options.MinimumExampleCountPerLeaf = 10;
    }

    private static Dictionary<string, string> Knobs(params (string Name, string Value)[] knobs) => knobs.ToDictionary(k => k.Name, k => k.Value);
}
