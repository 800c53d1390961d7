using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Drift;

/// <summary>Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository, CC BY 4.0: 569 rows of 30 measurements, split at random but always the same.</summary>
public sealed class BreastCancer
{
    private const int Bins = 10;

    private BreastCancer(string[] features, double[][] rows)
    {
        var random = new Random(7);
        random.Shuffle(rows);
        (Features, Training, HeldBack) = (features, rows[..400], rows[400..]);
    }

    public string[] Features { get; }

    public double[][] Training { get; }

    public double[][] HeldBack { get; }

    public ModelSignature Signature => new([.. Features.Select(name => new Column(name, ColumnType.Fp32))], [new Column("PredictedLabel", ColumnType.Bytes)]);

    /// <summary>Statistics as training makes them: ten bins of equal count.</summary>
    public TrainingStatistics Statistics => new(Training.Length, [.. Features.Select((name, column) =>
    {
        var values = Training.Select(row => row[column]).Order().ToArray();
        var edges = Enumerable.Range(1, Bins - 1).Select(i => values[i * values.Length / Bins]).Distinct().ToArray();
        var counts = new long[edges.Length + 1];
        foreach (var value in values) counts[edges.Count(edge => edge <= value)]++;
        return new ColumnStatistics(name, values.Length, 0, values.Average(), null, values[0], values[^1], edges, counts);
    })]);

    public static BreastCancer Load()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", "breast_cancer.csv"));
        var header = lines[0].Split(',');
        var rows = lines.Skip(1).Select(line => line.Split(',')[..^1].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        return new BreastCancer(header[..^1], rows);
    }

    /// <summary>A row as serving captures it, in single precision.</summary>
    public JsonElement Inputs(double[] row) => JsonSerializer.SerializeToElement(Features.Zip(row).ToDictionary(pair => pair.First, pair => (double)(float)pair.Second));

    /// <summary>A row as an instrument measures it that reads the given share too high.</summary>
    public JsonElement Miscalibrated(double[] row, double share) => Inputs([.. row.Select(value => value * (1 + share))]);

    public Prediction Captured(DateTimeOffset time, JsonElement inputs, int version = 1) =>
        new(time, version, inputs, JsonSerializer.SerializeToElement(new { PredictedLabel = "benign" }), 0.4);
}
