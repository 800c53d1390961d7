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
            if (!values.TryGetValue(param.Name, out var value))
            {
                if (param is { Required: true, Default: null })
                    return Rejection.Unprocessable("hub.param-missing", $"'{item.Name}' needs the param '{param.Name}': {param.Description}", $"params.{param.Name}");
            }
            else if (Expected(param.Type, value) is { } expected)
            {
                return Rejection.Unprocessable("hub.param-type", $"The param '{param.Name}' of '{item.Name}' must be {expected}, not '{Shown(value)}'.", $"params.{param.Name}");
            }
        }

        return null;
    }

    /// <summary>What the type asks for, if the value is not that. Types of other names are for people and take any text.</summary>
    private static string? Expected(string type, string value) => type.ToLowerInvariant() switch
    {
        "int" or "integer" or "long" =>
            long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "a whole number",
        "float" or "double" or "number" =>
            double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? null : "a number",
        "bool" or "boolean" => value is "true" or "false" ? null : "true or false",
        _ => null,
    };

    private static string Shown(string value) => value.Length <= 80 ? value : value[..80] + "…";
}
