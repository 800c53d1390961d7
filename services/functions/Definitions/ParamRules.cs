using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Definitions;

/// <summary>The params that a function declares: what their values must be.</summary>
internal static class ParamRules
{
    /// <summary>The values of a job with the defaults of those that it leaves out, or the first fault.</summary>
    public static (Dictionary<string, string> Values, Rejection? Rejected) Fill(IReadOnlyList<ParamSpec> specs, IReadOnlyDictionary<string, string> given)
    {
        var values = new Dictionary<string, string>(given, StringComparer.Ordinal);
        if (given.Keys.FirstOrDefault(name => specs.All(spec => spec.Name != name)) is { } unknown)
        {
            return (values, Rejection.Unprocessable(
                "job.param-unknown", $"The function has no param '{unknown}'; it has {string.Join(", ", specs.Select(spec => spec.Name))}.", $"params.{unknown}"));
        }

        foreach (var spec in specs)
        {
            if (values.TryGetValue(spec.Name, out var value))
            {
                if (Fault(spec, value) is { } fault) return (values, Rejection.Unprocessable("job.param-value", fault, $"params.{spec.Name}"));
            }
            else if (spec.Default is { } standard) values[spec.Name] = standard;
            else if (spec.Required)
                return (values, Rejection.Unprocessable("job.param-missing", $"The function needs the param '{spec.Name}'{Meaning(spec)}.", $"params.{spec.Name}"));
        }

        return (values, null);
    }

    /// <summary>The fault of a definition whose defaults do not fit what it declares, or null.</summary>
    public static Rejection? RefuseDefaults(IReadOnlyList<ParamSpec>? specs, IReadOnlyDictionary<string, string>? defaults)
    {
        for (var i = 0; i < (specs?.Count ?? 0); i++)
        {
            if (specs![i].Default is { } value && Fault(specs[i], value) is { } fault)
                return Rejection.Unprocessable("function.param-default", fault, $"paramSpecs[{i}].default");
        }

        foreach (var (name, value) in specs is null ? new Dictionary<string, string>() : defaults ?? new Dictionary<string, string>())
        {
            if (specs!.FirstOrDefault(spec => spec.Name == name) is not { } spec)
                return Rejection.Unprocessable("function.param-default", $"The default of '{name}' is of no param that the function declares.", $"params.{name}");
            if (Fault(spec, value) is { } fault) return Rejection.Unprocessable("function.param-default", fault, $"params.{name}");
        }

        return null;
    }

    private static string? Fault(ParamSpec spec, string value) => Expected(spec, value) is { } expected
        ? $"The param '{spec.Name}' must be {expected}, not '{(value.Length <= 80 ? value : value[..80] + "…")}'."
        : null;

    private static string? Expected(ParamSpec spec, string value) => spec.Type switch
    {
        ParamType.Int => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? Range(spec, whole) : "a whole number",
        ParamType.Float => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? Range(spec, number) : "a number",
        ParamType.Bool => value is "true" or "false" ? null : "true or false",
        ParamType.Choice => spec.Choices!.Contains(value, StringComparer.Ordinal) ? null : $"one of {string.Join(", ", spec.Choices!)}",
        ParamType.String => null,
        _ => throw new ArgumentOutOfRangeException(nameof(spec)),
    };

    private static string? Range(ParamSpec spec, double value) => !(value < spec.Min) && !(value > spec.Max) ? null : (spec.Min, spec.Max) switch
    {
        ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"from {min} to {max}"),
        ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"{min} or more"),
        (_, var max) => string.Create(CultureInfo.InvariantCulture, $"{max} or less"),
    };

    private static string Meaning(ParamSpec spec) => spec.Description is { Length: > 0 } text ? $": {text.TrimEnd('.')}" : "";
}
