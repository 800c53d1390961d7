using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Statistics;
using Microsoft.ML;

namespace Mesh.Hub.Training;

/// <summary>
/// A model that was fitted, in the form in which Mesh serves ML.NET models.
/// </summary>
/// <remarks>
/// The convention, which the serving service relies on:
/// <list type="bullet">
/// <item>The saved input schema has one <c>Single</c> column per numeric feature (NaN is missing) and one text column per categorical feature (empty is
/// missing), and nothing else: no label. In the signature these are scalar inputs of type <c>Fp32</c> and <c>Bytes</c>, under the same names.</item>
/// <item>The names of the signature's outputs are names of columns of the saved model's output schema.</item>
/// <item>Two classes: <c>PredictedLabel</c> (text, as in the data; <c>Bytes</c>), <c>Probability</c> (of the class in the tag <c>positive-class</c>;
/// <c>Fp32</c>), <c>Score</c> (raw; <c>Fp32</c>).</item>
/// <item>Several classes: <c>PredictedLabel</c> (text), <c>Score</c> (<c>Fp32</c> of shape [classes]: the probability of each class, in the order of the
/// tag <c>classes</c>, a JSON array of texts).</item>
/// <item>Regression: <c>Score</c> (<c>Fp32</c>).</item>
/// <item>The tags <c>task</c> (<c>binary</c>, <c>multiclass</c>, <c>regression</c>) and <c>target</c> say what was learnt.</item>
/// </list>
/// </remarks>
internal sealed record TrainedModel(TrainingData Data, Algorithm Algorithm, ITransformer Transformer, DataViewSchema InputSchema, int Seed)
{
    public const string Framework = "mlnet";
    public const string PredictedLabel = "PredictedLabel";
    public const string Probability = "Probability";
    public const string Score = "Score";

    /// <summary>Fits an algorithm on rows of the data.</summary>
    public static TrainedModel Fit(TrainingData data, IReadOnlyList<int> rows, Algorithm algorithm, int seed)
    {
        var ml = new MLContext(seed);
        var bare = data.Features.View(data.Table, rows);
        var labelled = data.AddLabel(data.Features.View(data.Table, rows));
        var featurizer = Featurizer.For(ml, data.Features).Fit(bare);
        var predictor = algorithm.Trainer(ml).Fit(ml.Data.Cache(featurizer.Transform(labelled), Featurizer.Features, Featurizer.Label));
        var chain = featurizer.Append(predictor);
        if (LabelNames(ml, data) is { } names) chain = chain.Append(names.Fit(chain.Transform(bare)));
        return new TrainedModel(data, algorithm, chain, bare.Schema, seed);
    }

    /// <summary>Writes the ML.NET zip.</summary>
    public void Save(Stream target) => new MLContext(Seed).Model.Save(Transformer, InputSchema, target);

    public ModelSignature Signature() => new(Data.Features.Columns(), Data.Task switch
    {
        LearningTask.Binary => [new Column(PredictedLabel, ColumnType.Bytes), new Column(Probability, ColumnType.Fp32), new Column(Score, ColumnType.Fp32)],
        LearningTask.Multiclass => [new Column(PredictedLabel, ColumnType.Bytes), new Column(Score, ColumnType.Fp32, [Data.Classes.Count])],
        LearningTask.Regression => [new Column(Score, ColumnType.Fp32)],
        _ => throw new InvalidOperationException($"Unknown task {Data.Task}."),
    });

    /// <summary>How the features were distributed in the rows that were learnt from, and the target, under the name of the output that predicts it.</summary>
    public TrainingStatistics Statistics(IReadOnlyList<int> rows) => StatisticsOf(Data, rows);

    /// <inheritdoc cref="Statistics" />
    public static TrainingStatistics StatisticsOf(TrainingData data, IReadOnlyList<int> rows)
    {
        static double[] Edges(double[] sorted) => Bins.ByQuantile(sorted);
        var inputs = data.Features.Columns().Select(c => c.Type == ColumnType.Fp32
            ? ColumnProfile.OfNumbers(c.Name, rows.Select(r => data.Table.Find(c.Name)!.Numbers![r]), Edges)
            : ColumnProfile.OfTexts(c.Name, rows.Select(r => data.Table.Find(c.Name)!.TextAt(r))));
        var output = data.IsClassification
            ? ColumnProfile.OfTexts(PredictedLabel, rows.Select(data.Target.TextAt))
            : ColumnProfile.OfNumbers(Score, data.Values(rows), Edges);
        return new TrainingStatistics(rows.Count, [.. inputs, output]);
    }

    public Dictionary<string, string> Tags() => TagsOf(Data, Algorithm.Name);

    /// <summary>What the tags of a version say of a model that was learnt from data.</summary>
    public static Dictionary<string, string> TagsOf(TrainingData data, string algorithm)
    {
        var tags = new Dictionary<string, string>
        {
            ["task"] = data.Task.ToString().ToLowerInvariant(),
            ["target"] = data.Target.Name,
            ["algorithm"] = algorithm,
        };
        if (data.Positive is { } positive) tags["positive-class"] = positive;
        // A tag holds 5,000 characters: names of classes that are long and many stay in the training statistics alone.
        if (data.IsClassification && JsonSerializer.Serialize(data.Classes, MeshJson.Strict) is { Length: <= 5000 } classes) tags["classes"] = classes;
        return tags;
    }

    private static IEstimator<ITransformer>? LabelNames(MLContext ml, TrainingData data) => data.Task switch
    {
        LearningTask.Binary => ml.Transforms.Conversion.MapValue(PredictedLabel, new Dictionary<bool, string>
        {
            [true] = data.Positive!,
            [false] = data.Classes.First(c => c != data.Positive),
        }, PredictedLabel),
        LearningTask.Multiclass => ml.Transforms.Conversion.MapKeyToValue(PredictedLabel, PredictedLabel),
        LearningTask.Regression => null,
        _ => throw new InvalidOperationException($"Unknown task {data.Task}."),
    };
}
