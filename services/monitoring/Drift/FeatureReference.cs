using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Drift;

/// <summary>
/// How one feature was distributed in the training data, as bins: numeric ones between edges, or one per category and one for categories that the statistics
/// do not name; last always the bin of missing values.
/// </summary>
public sealed class FeatureReference
{
    private readonly double[]? _edges;
    private readonly FrozenDictionary<string, int>? _categories;
    private readonly bool _single;
    private readonly long[] _counts;

    private FeatureReference(string name, double[]? edges, FrozenDictionary<string, int>? categories, bool single, long[] counts) =>
        (Name, _edges, _categories, _single, _counts) = (name, edges, categories, single, counts);

    /// <summary>Name of the feature, as in the inputs of a prediction.</summary>
    public string Name { get; }

    /// <summary>Number of bins, those of unseen categories and missing values included.</summary>
    public int Bins => _counts.Length;

    /// <summary>Values of the training data per bin.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Numeric: the inner edges of the bins; null for categories.</summary>
    public IReadOnlyList<double>? Edges => _edges;

    /// <summary>Categorical: the names in the order of the bins; null for numbers.</summary>
    public IReadOnlyList<string>? Categories => _categories is null ? null : [.. _categories.OrderBy(pair => pair.Value).Select(pair => pair.Key)];

    /// <summary>Counts per bin, those of missing values and of unnamed categories apart.</summary>
    public FeatureCounts Apart(ReadOnlySpan<long> counts) => _edges is not null
        ? new FeatureCounts([.. counts[..^1]], counts[^1])
        : new FeatureCounts([.. counts[..^2]], counts[^1], counts[^2]);

    /// <summary>Reads the statistics of a column, or says null where they hold no distribution that rows could be compared with.</summary>
    /// <param name="column">The statistics.</param>
    /// <param name="single">
    /// Whether served values come in single precision. Edges are often values of the data themselves, and 0.1 as a float lies on the other side of
    /// 0.1 as a double.
    /// </param>
    public static FeatureReference? Of(ColumnStatistics column, bool single = false)
    {
        if (column is { Edges: { Count: > 0 } edges, Counts: { } counts } && counts.Count == edges.Count + 1)
            return WithValues(new(column.Name, [.. edges], null, single, [.. counts, column.Missing]));
        if (column.Categories is not { Count: > 0 } categories) return null;
        var ordered = categories.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var bins = ordered.Select((pair, i) => KeyValuePair.Create(pair.Key, i)).ToFrozenDictionary(StringComparer.Ordinal);
        // Statistics may name the most frequent categories only: the rest are as unseen to them as new ones.
        var unnamed = Math.Max(0, column.Count - categories.Values.Sum());
        return WithValues(new(column.Name, null, bins, single, [.. ordered.Select(pair => pair.Value), unnamed, column.Missing]));
    }

    /// <summary>The references of the columns that the model takes in; columns without a distribution are left out.</summary>
    public static IReadOnlyList<FeatureReference> Of(ModelSignature signature, TrainingStatistics? statistics)
    {
        if (statistics is null) return [];
        var inputs = signature.Inputs.ToDictionary(column => column.Name, column => column.Type, StringComparer.Ordinal);
        return [.. statistics.Columns
            .Where(column => inputs.ContainsKey(column.Name))
            .Select(column => Of(column, inputs[column.Name] == ColumnType.Fp32))
            .OfType<FeatureReference>()];
    }

    /// <summary>The bin of a served value. What cannot be a value of the feature (text in a numeric one, NaN, an empty text, a list) counts as missing.</summary>
    public int BinOf(in PredictionCell value)
    {
        if (_edges is not null) return BinOf(value.TryGetNumber(out var number) ? number : double.NaN);
        if (value.TryGetText(out var text)) return CategoryBin(text);
        return value.TryGetNumber(out var category) && double.IsFinite(category) ? CategoryBin(TextOf(value.Column.Type, category)) : Bins - 1;
    }

    /// <summary>The bin of a number; NaN counts as missing.</summary>
    /// <exception cref="InvalidOperationException">The feature is not numeric.</exception>
    public int BinOf(double number)
    {
        if (_edges is null) throw new InvalidOperationException($"The feature '{Name}' has categories, not numbers.");
        if (double.IsNaN(number)) return Bins - 1;

        // The number of edges at or below the value: a value on an edge belongs to the bin on its right.
        var (low, high) = (0, _edges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var below = _single ? (float)_edges[middle] <= (float)number : _edges[middle] <= number;
            if (below) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int CategoryBin(ReadOnlySpan<byte> text)
    {
        const int Short = 256;
        if (text.Length > Short) return CategoryBin(Encoding.UTF8.GetString(text));
        Span<char> characters = stackalloc char[Short];
        return CategoryBin(characters[..Encoding.UTF8.GetChars(text, characters)]);
    }

    private int CategoryBin(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return Bins - 1;
        return _categories!.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var bin) ? bin : Bins - 2;
    }

    // As the number or truth value stands in JSON.
    private static string TextOf(ColumnType type, double value) => type switch
    {
        ColumnType.Bool => value == 0 ? "false" : "true",
        ColumnType.Fp32 => ((float)value).ToString(CultureInfo.InvariantCulture),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static FeatureReference? WithValues(FeatureReference reference) => reference._counts.Any(count => count > 0) ? reference : null;
}
