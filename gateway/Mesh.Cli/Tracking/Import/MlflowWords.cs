using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>Values as the protocol writes them: numbers as numbers or texts, what is not finite as a word, absent lists for empty ones.</summary>
internal static class MlflowWords
{
    public const string Root = "mlflow-artifacts:/";

    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : null;

    public static long? Integer(this JsonElement element, string name) =>
        long.TryParse(element.Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Part(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static JsonElement Part(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var part) ? part : default;

    public static Dictionary<string, string> Pairs(this JsonElement element, string name)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in element.Items(name)) pairs[item.Text("key") ?? ""] = item.Text("value") ?? "";
        return pairs;
    }

    public static JsonArray Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        [.. pairs.Select(pair => new JsonObject { ["key"] = pair.Key, ["value"] = pair.Value })];

    /// <summary>Reads a value of a metric, also as Python writes it: <c>nan</c>, <c>inf</c>, <c>-inf</c>.</summary>
    public static double Number(string? text) => text?.ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "inf" or "infinity" or "+inf" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new FormatException($"'{text}' is no number."),
    };

    public static JsonNode Number(double value) => value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        _ => value,
    };
}
