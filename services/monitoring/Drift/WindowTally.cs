using System.Text;
using System.Text.Json;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Drift;

/// <summary>Counts the rows of one window into the bins of the reference, in one pass and in memory that does not grow with the rows.</summary>
public sealed class WindowTally(IReadOnlyList<FeatureReference> references)
{
    /// <summary>The chance that a window of rows like the training data shows any drifted feature, shared among its features (Bonferroni).</summary>
    public const double FalseAlarms = 0.01;

    private readonly long[][] _counts = [.. references.Select(reference => new long[reference.Bins])];
    private readonly byte[][] _names = [.. references.Select(reference => Encoding.UTF8.GetBytes(reference.Name))];
    private readonly long[] _countedIn = new long[references.Count];

    /// <summary>Rows counted so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Counts one row. A column that the row lacks is missing in it; of one that it has twice, the first counts.</summary>
    /// <param name="inputs">Values by column name: a JSON object in UTF-8.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public void Add(ReadOnlySpan<byte> inputs)
    {
        Rows++;
        var reader = new Utf8JsonReader(inputs);
        // Rows come with the columns in the order of the model, as do the references, mostly.
        var expected = 0;
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var feature = FeatureAt(ref reader, expected);
                reader.Read();
                if (feature < 0) reader.Skip();
                else Count(feature, BinOf(references[feature], ref reader));
                if (feature >= 0) expected = feature + 1;
            }
        }

        for (var feature = 0; feature < _countedIn.Length; feature++)
            if (_countedIn[feature] < Rows) Count(feature, references[feature].Bins - 1);
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

    private int FeatureAt(ref Utf8JsonReader reader, int expected)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            var feature = (expected + i) % _names.Length;
            if (reader.ValueTextEquals(_names[feature])) return feature;
        }

        return -1;
    }

    private static int BinOf(FeatureReference reference, ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reference.IsNumeric && reader.TryGetDouble(out var number)
            ? reference.BinOf(number)
            : reference.BinOf(JsonElement.ParseValue(ref reader));

    private void Count(int feature, int bin)
    {
        if (_countedIn[feature] == Rows) return;
        _countedIn[feature] = Rows;
        _counts[feature][bin]++;
    }
}
