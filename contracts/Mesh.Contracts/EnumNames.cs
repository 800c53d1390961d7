using System.Collections.Frozen;
using System.Text.Json;

namespace Mesh.Contracts;

/// <summary>
/// The names by which values of enums cross a border, in bodies and in queries alike: camelCase when written; one whole name, in any case, when
/// read. Never a number, and never several names joined by commas, which .NET's own parser takes for their bitwise union.
/// </summary>
public static class EnumNames
{
    /// <summary>The value of that name.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse<T>(string? text, out T value) where T : struct, Enum
    {
        value = default;
        return text is not null && Table<T>.Values.TryGetValue(text, out value);
    }

    /// <summary>The name of a value; null when the enum has no such value.</summary>
    public static string? Of<T>(T value) where T : struct, Enum => Table<T>.Names.GetValueOrDefault(value);

    /// <summary>All names for a sentence: <c>viewer, editor, admin</c>.</summary>
    public static string List<T>() where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Distinct().Select(Of));

    private static class Table<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<string, T> Values =
            Enum.GetNames<T>().ToFrozenDictionary(name => name, Enum.Parse<T>, StringComparer.OrdinalIgnoreCase);

        public static readonly FrozenDictionary<T, string> Names =
            Enum.GetValues<T>().Distinct().ToFrozenDictionary(value => value, value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
    }
}
