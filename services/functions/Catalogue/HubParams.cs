using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Catalogue;

/// <summary>Checks params against what an item of the hub says of them.</summary>
internal static class HubParams
{
    /// <summary>The first fault, or null.</summary>
    public static Rejection? Refuse(HubItem item, IReadOnlyDictionary<string, string> values)
    {
        foreach (var name in values.Keys)
        {
            if (!item.Params.Any(p => p.Name == name))
            {
                return Rejection.Unprocessable(
                    "hub.param-unknown", $"'{item.Name}' has no param '{name}'; it has {string.Join(", ", item.Params.Select(p => p.Name))}.", $"params.{name}");
            }
        }

        foreach (var param in item.Params)
        {
            if (!values.TryGetValue(param.Name, out var value) || string.IsNullOrWhiteSpace(value))
            {
                if (param is { Required: true, Default: null })
                    return Rejection.Unprocessable("hub.param-missing", $"'{item.Name}' needs the param '{param.Name}': {param.Description}", $"params.{param.Name}");
            }
            else if (Expected(param, value.Trim()) is var (code, expected))
            {
                return Rejection.Unprocessable(code, $"The param '{param.Name}' of '{item.Name}' must be {expected}, not '{Shown(value)}'.", $"params.{param.Name}");
            }
        }

        return null;
    }

    /// <summary>What the param asks for, if the value is not that. Types of other names are for people and take any text.</summary>
    private static (string Code, string Expected)? Expected(HubParam param, string value)
    {
        switch (param.Type.ToLowerInvariant())
        {
            case "int" or "integer" or "long":
                if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return ("hub.param-type", "a whole number");
                return Range(param, whole);
            case "float" or "double" or "number":
                if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
                    return ("hub.param-type", "a number");
                return Range(param, number);
            case "bool" or "boolean":
                return value is "true" or "false" ? null : ("hub.param-type", "true or false");
            case "list":
                var elements = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                return param.Choices is null || elements.All(param.Choices.Contains) ? null : ("hub.param-value", $"some of {string.Join(", ", param.Choices)}");
            default:
                return param.Choices is null || param.Choices.Contains(value) ? null : ("hub.param-value", $"one of {string.Join(", ", param.Choices)}");
        }
    }

    private static (string Code, string Expected)? Range(HubParam param, double value)
    {
        if (!(value < param.Min) && !(value > param.Max)) return null;
        return ("hub.param-value", (param.Min, param.Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"from {min} to {max}"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"{min} or more"),
            (_, var max) => string.Create(CultureInfo.InvariantCulture, $"{max} or less"),
        });
    }

    private static string Shown(string value) => value.Length <= 80 ? value : value[..80] + "…";
}
