using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Contracts.Functions;

/// <summary>Patterns of paths, as outputs and <c>.meshignore</c> have them: <c>*</c> and <c>?</c> within a name, <c>**</c> over folders.</summary>
public static class PathPattern
{
    /// <summary>What a whole path with slashes must match.</summary>
    /// <param name="anywhere">Whether any folder may be in front.</param>
    public static Regex ToRegex(string pattern, bool anywhere = false)
    {
        var text = new StringBuilder(anywhere ? "^(?:.*/)?" : "^");
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern.AsSpan(i).StartsWith("**/"))
            {
                text.Append("(?:[^/]+/)*");
                i += 2;
            }
            else if (pattern.AsSpan(i).StartsWith("**"))
            {
                text.Append(".*");
                i++;
            }
            else text.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
        }

        return new Regex(text.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }
}
