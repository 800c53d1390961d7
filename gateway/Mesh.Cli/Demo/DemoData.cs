using System.Globalization;
using System.Text;

namespace Mesh.Cli.Demo;

/// <summary>
/// The demo's rows: the Breast Cancer Wisconsin (Diagnostic) data set (UCI Machine Learning Repository, CC BY 4.0), which ships with this command,
/// dealt into three by a fixed seed: rows to train on, rows held back, and rows that come later, from an instrument that has lost its calibration.
/// </summary>
internal sealed class DemoData
{
    /// <summary>The column to predict.</summary>
    public const string Target = "diagnosis";

    private const double TrainShare = 0.55;
    private const double HeldShare = 0.2;
    private const int Seed = 20;

    private DemoData(string[] columns, IReadOnlyList<string[]> train, IReadOnlyList<string[]> held, IReadOnlyList<string[]> later) =>
        (Columns, Train, Held, Later) = (columns, train, held, later);

    /// <summary>All columns; the target is the last.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Rows to train on.</summary>
    public IReadOnlyList<string[]> Train { get; }

    /// <summary>Rows held back.</summary>
    public IReadOnlyList<string[]> Held { get; }

    /// <summary>Rows as the miscalibrated instrument measures them.</summary>
    public IReadOnlyList<string[]> Later { get; }

    /// <summary>What the instrument does wrong, in a sentence.</summary>
    public static string Miscalibration => "lengths read 25 % too long (areas 56 %), textures 3 units too high";

    /// <summary>Reads and deals the rows.</summary>
    public static DemoData Load()
    {
        using var stream = typeof(DemoData).Assembly.GetManifestResourceStream("breast_cancer.csv")
            ?? throw new InvalidOperationException("The demo's data set is missing from this build.");
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var columns = lines[0].Split(',');
        var rows = lines.Skip(1).Select(line => line.Split(',')).ToArray();
        new Random(Seed).Shuffle(rows);
        var train = (int)(rows.Length * TrainShare);
        var held = (int)(rows.Length * HeldShare);
        return new DemoData(columns, rows[..train], rows[train..(train + held)], [.. rows[(train + held)..].Select(row => Miscalibrated(columns, row))]);
    }

    /// <summary>Rows as a CSV file.</summary>
    public byte[] Csv(params IEnumerable<string[]> rows)
    {
        var text = new StringBuilder().AppendJoin(',', Columns).Append('\n');
        foreach (var row in rows) text.AppendJoin(',', row).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string[] Miscalibrated(string[] columns, string[] row) =>
        [.. row.Select((value, i) => columns[i] == Target ? value : Measure(columns[i], double.Parse(value, CultureInfo.InvariantCulture)).ToString("G6", CultureInfo.InvariantCulture))];

    private static double Measure(string column, double value) => column.Split('_')[0] switch
    {
        "radius" or "perimeter" => value * 1.25,
        "area" => value * 1.25 * 1.25,
        "texture" => column.EndsWith("_se", StringComparison.Ordinal) ? value : value + 3,
        _ => value,
    };
}
