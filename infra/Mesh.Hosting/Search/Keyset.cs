using System.Text.Json;
using Mesh.Hosting.Http;

namespace Mesh.Hosting.Search;

/// <summary>Goes on behind a row by its sort keys.</summary>
public static class Keyset
{
    /// <summary>
    /// The condition that <c>(a, b, c)</c> comes after <c>(x, y, z)</c>: a after x, or the same and b after y, and so on. Where a is never missing, an index of it
    /// finds the place: the condition says first that a does not come before x.
    /// </summary>
    /// <exception cref="RejectedException">The values are not those of such keys: 400 <c>cursor.invalid</c>.</exception>
    public static string Behind(IReadOnlyList<SortKey> keys, IReadOnlyList<JsonElement> values, Func<object, string> bind)
    {
        if (values.Count != keys.Count || keys.Where((key, i) => !key.Fits(values[i])).Any()) throw PageToken.Refused;
        var terms = new List<string>();
        for (var i = 0; i < keys.Count; i++)
        {
            var same = Enumerable.Range(0, i).Select(k => keys[k].Same(values[k], bind));
            terms.Add($"({string.Join(" and ", same.Append(keys[i].After(values[i], bind)))})");
        }

        var place = keys[0].IsNullable ? "" : $"{keys[0].NotBefore(values[0], bind)} and ";
        return $"({place}({string.Join(" or ", terms)}))";
    }
}
