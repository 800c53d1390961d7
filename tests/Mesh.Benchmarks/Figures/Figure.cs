namespace Mesh.Benchmarks.Figures;

/// <summary>One measured figure.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure, with its unit.</param>
/// <param name="Baseline">What it is measured against in the same run, with its unit.</param>
/// <param name="Ratio">Figure over baseline; for a limit, limit over figure, so that more is better everywhere.</param>
/// <param name="AtLeast">The ratio that is asked for.</param>
internal sealed record Figure(string Name, string Value, string Baseline, double Ratio, double AtLeast)
{
    /// <summary>Whether it is met.</summary>
    public bool IsMet => Ratio >= AtLeast;

    /// <summary>A figure that must stay below a limit.</summary>
    public static Figure Below(string name, double value, double limit, string unit) =>
        new(name, $"{value:0.#} {unit}", $"at most {limit:0.#} {unit}", limit / value, 1);

    /// <summary>A rate against a baseline's.</summary>
    public static Figure Rate(string name, double value, double baseline, double atLeast) => new(name, $"{value:#,0}/s", $"{baseline:#,0}/s", value / baseline, atLeast);
}
