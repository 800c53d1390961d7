using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mesh.Artifacts.Previews;

/// <summary>Specifications of Vega-Lite that the portal may draw: they fetch nothing from outside their project and bring no options for whoever draws them.</summary>
internal static partial class Chart
{
    /// <summary>The most bytes of a specification.</summary>
    public const long Most = 2 << 20;

    private const int MostDepth = 64;

    /// <summary>The specification, or why there is none to draw. Both are null for JSON that says nothing of Vega-Lite.</summary>
    public static (JsonElement? Specification, string? Reason) Read(ReadOnlyMemory<byte> json, string project)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MostDepth });
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return (null, "It is not JSON.");
        }

        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty("$schema", out var schema) || schema.ValueKind is not JsonValueKind.String || !Schema().IsMatch(schema.GetString()!))
            return (null, null);
        if (root.TryGetProperty("usermeta", out _)) return (null, "The chart has 'usermeta', which could change how it is shown.");
        return Foreign(root, $"/api/v1/projects/{project}/") is { } reason ? (null, reason) : (root, null);
    }

    // Whatever is fetched is named by 'url' or followed by 'href': data, pictures, links. As a name of data they stand in 'values', which is never looked into.
    private static string? Foreign(JsonElement element, string inside)
    {
        if (element.ValueKind is JsonValueKind.Array) return element.EnumerateArray().Select(item => Foreign(item, inside)).FirstOrDefault(reason => reason is not null);
        if (element.ValueKind is not JsonValueKind.Object) return null;
        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals("values") || property.NameEquals("datasets")) continue;
            if (property.NameEquals("url") || property.NameEquals("href"))
            {
                if (property.Value.ValueKind is not JsonValueKind.String) return $"The chart has '{property.Name}' that depends on its data.";
                if (!IsInside(property.Value.GetString()!, inside)) return $"The chart fetches from outside the project by '{property.Name}'.";
            }
            else if (Foreign(property.Value, inside) is { } reason) return reason;
        }

        return null;
    }

    private static bool IsInside(string url, string inside) =>
        url.StartsWith(inside, StringComparison.Ordinal) && !url.Contains("..", StringComparison.Ordinal) && !url.Contains('\\', StringComparison.Ordinal)
        && !url.Contains("%2e", StringComparison.OrdinalIgnoreCase) && !url.Any(char.IsControl);

    [GeneratedRegex(@"^https://vega\.github\.io/schema/vega-lite/v\d+(\.\d+){0,2}\.json\z", RegexOptions.CultureInvariant)]
    private static partial Regex Schema();
}
