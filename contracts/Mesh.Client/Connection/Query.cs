using System.Globalization;
using System.Text;

namespace Mesh.Client.Connection;

/// <summary>Builds paths: every value is escaped, absent ones are left out.</summary>
internal static class Query
{
    /// <summary>One path segment; slashes of a key are escaped too.</summary>
    public static string Segment(string value) => Uri.EscapeDataString(value);

    public static string Add(string path, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var text = new StringBuilder(path);
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        foreach (var (name, value) in values)
        {
            if (Format(value) is not { } formatted) continue;
            text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(formatted));
            separator = '&';
        }

        return text.ToString();
    }

    private static string? Format(object? value) => value switch
    {
        null => null,
        string s => s,
        bool b => b ? "true" : "false",
        Enum e => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(e.ToString()),
        DateTimeOffset t => t.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
