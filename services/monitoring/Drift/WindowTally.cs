using System.Text.Json;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Drift;

/// <summary>Counts the rows of one window into the bins of the reference, in one pass and in memory that does not grow with the rows.</summary>
public sealed class WindowTally(IReadOnlyList<FeatureReference> references)
{
    /// <summary>The chance that a window of rows like the training data shows any drifted feature, shared among its features (Bonferroni).</summary>
    public const double FalseAlarms = 0.01;

    private readonly long[][] _counts = [.. references.Select(reference => new long[reference.Bins])];

    /// <summary>Rows counted so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Counts one row: an object of values by column name. A column that the row lacks is missing in it.</summary>
    public void Add(JsonElement inputs)
    {
        Rows++;
        for (var i = 0; i < references.Count; i++)
        {
            var value = inputs.ValueKind == JsonValueKind.Object && inputs.TryGetProperty(references[i].Name, out var found) ? found : default;
            _counts[i][references[i].BinOf(value)]++;
        }
    }

    /// <summary>
    /// Drift per feature. A feature drifted when PSI or the Jensen-Shannon distance reaches its threshold and the difference is more than
    /// chance explains for that number of rows.
    /// </summary>
    public IReadOnlyList<FeatureDrift> Judge(ConfigureMonitor settings)
    {
        var features = new FeatureDrift[references.Count];
        for (var i = 0; i < features.Length; i++)
        {
            var expected = references[i].Counts;
            var actual = _counts[i];
            var psi = Divergence.PopulationStability(expected, actual);
            var distance = Divergence.JensenShannon(expected, actual);
            var drifted = (psi >= settings.PsiThreshold || distance >= settings.JsThreshold)
                && Divergence.IsSignificant(expected, actual, FalseAlarms / features.Length);
            features[i] = new FeatureDrift(references[i].Name, psi, distance, drifted);
        }

        return features;
    }
}
