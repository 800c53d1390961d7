using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace Mesh.Hub.Training;

/// <summary>
/// Makes one vector of a row's features: missing numbers become the column's mean, numbers are scaled to mean 0 and deviation 1, categories become one
/// slot each, and a category that training never saw none at all.
/// </summary>
internal static class Featurizer
{
    // Names that no column of a file is likely to have; the saved model carries them along.
    public const string Features = "mesh.features";
    public const string Label = "mesh.label";
    private const string Numbers = "mesh.numbers";
    private const int MaxCategories = 200;

    public static IEstimator<ITransformer> For(MLContext ml, FeatureSet features)
    {
        var parts = new List<string>();
        IEstimator<ITransformer>? chain = null;
        if (features.Numbers.Count > 0)
        {
            parts.Add(Numbers);
            chain = ml.Transforms.Concatenate(Numbers, [.. features.Numbers])
                .Append(ml.Transforms.ReplaceMissingValues(Numbers, Numbers, MissingValueReplacingEstimator.ReplacementMode.Mean))
                .Append(ml.Transforms.NormalizeMeanVariance(Numbers, Numbers, fixZero: false));
        }

        if (features.Categories.Count > 0)
        {
            var pairs = features.Categories.Select((name, i) => new InputOutputColumnPair($"mesh.category.{i}", name)).ToArray();
            parts.AddRange(pairs.Select(p => p.OutputColumnName));
            var encoding = ml.Transforms.Categorical.OneHotEncoding(pairs, maximumNumberOfKeys: MaxCategories);
            chain = chain is null ? encoding : chain.Append(encoding);
        }

        // A feature set is never empty, so there is a chain.
        return chain!.Append(ml.Transforms.Concatenate(Features, [.. parts]));
    }
}
