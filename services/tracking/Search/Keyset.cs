using System.Text.Json;

namespace Mesh.Tracking.Search;

/// <summary>Goes on behind a row by its sort keys.</summary>
internal static class Keyset
{
    /// <summary>The condition that <c>(a, b, c)</c> comes after <c>(x, y, z)</c>: a after x, or the same and b after y, and so on.</summary>
    public static string Behind(IReadOnlyList<SortKey> keys, IReadOnlyList<JsonElement> values, Func<object, string> bind)
    {
        var terms = new List<string>();
        for (var i = 0; i < keys.Count; i++)
        {
            var same = Enumerable.Range(0, i).Select(k => keys[k].Same(values[k], bind));
            terms.Add($"({string.Join(" and ", same.Append(keys[i].After(values[i], bind)))})");
        }

        return $"({string.Join(" or ", terms)})";
    }
}
