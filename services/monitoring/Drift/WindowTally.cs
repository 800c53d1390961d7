using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Drift;

/// <summary>Counts the rows of one window into the bins of the reference, in one pass and in memory that does not grow with the rows.</summary>
public sealed class WindowTally(IReadOnlyList<FeatureReference> references)
{
    /// <summary>The chance that a window of rows like the training data shows any drifted feature, shared among its features (Bonferroni).</summary>
    public const double FalseAlarms = 0.01;

    private readonly long[][] _counts = [.. references.Select(reference => new long[reference.Bins])];

    // Of the columns that rows came with last: the feature that each input is, and the features that are not among them.
    private PredictionColumns? _columns;
    private int[] _featureOf = [];
    private int[] _missing = [];

    /// <summary>Rows counted so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Values per bin of a feature, by its place among the references.</summary>
    public ReadOnlySpan<long> CountsOf(int feature) => _counts[feature];

    /// <summary>Counts rows. A feature that is no column of theirs is missing in each; of a column that they have twice, the first counts.</summary>
    public void Add(ref PredictionReader rows)
    {
        if (rows.Columns != _columns) Map(rows.Columns);
        while (rows.TryRead(out var row))
        {
            Rows++;
            var cells = row.Cells();
            foreach (var feature in _featureOf)
            {
                if (!cells.TryRead(out var cell)) break;
                if (feature >= 0) _counts[feature][references[feature].BinOf(cell)]++;
            }

            foreach (var feature in _missing) _counts[feature][^1]++;
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

    private void Map(PredictionColumns columns)
    {
        var features = Enumerable.Range(0, references.Count).ToDictionary(i => references[i].Name, StringComparer.Ordinal);
        _featureOf = [.. columns.All.Take(columns.Inputs).Select(column => features.Remove(column.Name, out var feature) ? feature : -1)];
        _missing = [.. features.Values];
        _columns = columns;
    }
}
