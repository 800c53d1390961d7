namespace Mesh.Cli.Demo;

/// <summary>The demo's rows as CSV files, so that every command it prints can be typed as it stands.</summary>
internal sealed class DemoFiles(string folder, DemoData data)
{
    /// <summary>Rows to train on.</summary>
    public string Train { get; } = Path.Combine(folder, "train.csv");

    /// <summary>Rows held back.</summary>
    public string Held { get; } = Path.Combine(folder, "held-back.csv");

    /// <summary>Rows of the miscalibrated instrument.</summary>
    public string Later { get; } = Path.Combine(folder, "miscalibrated.csv");

    /// <summary>Rows to train on, extended by those of the miscalibrated instrument that were diagnosed meanwhile.</summary>
    public string Extended { get; } = Path.Combine(folder, "train-extended.csv");

    /// <summary>Rows held back of both instruments.</summary>
    public string HeldOfBoth { get; } = Path.Combine(folder, "held-back-of-both.csv");

    /// <summary>The half of the new rows that is diagnosed in time to train on.</summary>
    public IReadOnlyList<string[]> Diagnosed => [.. data.Later.Take(data.Later.Count / 2)];

    /// <summary>Held-back rows of both instruments.</summary>
    public IReadOnlyList<string[]> BothHeld => [.. data.Held, .. data.Later.Skip(data.Later.Count / 2)];

    /// <summary>Writes all files, over those of an earlier demo.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Train, data.Csv(data.Train), ct);
        await File.WriteAllBytesAsync(Held, data.Csv(data.Held), ct);
        await File.WriteAllBytesAsync(Later, data.Csv(data.Later), ct);
        await File.WriteAllBytesAsync(Extended, data.Csv([.. data.Train, .. Diagnosed]), ct);
        await File.WriteAllBytesAsync(HeldOfBoth, data.Csv(BothHeld), ct);
    }
}
