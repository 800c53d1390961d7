using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Cli.Functions.Sources;

/// <summary>
/// What of a folder is not code: what belongs to tools, and what <c>.meshignore</c> names, in the form of <c>.gitignore</c>: a pattern a line, the last
/// one that fits counts, <c>!</c> takes back, a slash in front or between binds to the folder, one at the end means folders only.
/// </summary>
internal sealed class IgnoreRules
{
    /// <summary>Name of the file.</summary>
    public const string File = ".meshignore";

    private static readonly string[] Always =
        [".git/", ".hg/", ".svn/", ".mesh/", ".venv/", "venv/", "__pycache__/", "*.pyc", ".ipynb_checkpoints/", ".mypy_cache/", ".pytest_cache/", ".ruff_cache/", "node_modules/", "mlruns/", ".DS_Store"];

    private readonly List<(Regex Pattern, bool FoldersOnly, bool TakesBack)> _rules = [];

    /// <param name="lines">The lines of <c>.meshignore</c>.</param>
    public IgnoreRules(IEnumerable<string> lines)
    {
        foreach (var line in Always.Concat(lines))
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            var takesBack = text[0] == '!';
            if (takesBack) text = text[1..];
            var foldersOnly = text.EndsWith('/');
            text = text.TrimEnd('/');
            if (text.TrimStart('/').Length > 0) _rules.Add((new Regex(ToRegex(text), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), foldersOnly, takesBack));
        }
    }

    /// <summary>Whether a path of the folder, with slashes, is left out. What is in a folder that is left out is not asked about.</summary>
    public bool LeavesOut(string path, bool isFolder)
    {
        var leaves = false;
        foreach (var (pattern, foldersOnly, takesBack) in _rules)
            if ((isFolder || !foldersOnly) && pattern.IsMatch(path)) leaves = !takesBack;
        return leaves;
    }

    private static string ToRegex(string pattern)
    {
        var isBound = pattern.Contains('/', StringComparison.Ordinal);
        var text = new StringBuilder(isBound ? "^" : "^(?:.*/)?");
        pattern = pattern.TrimStart('/');
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern.AsSpan(i).StartsWith("**/"))
            {
                text.Append("(?:.*/)?");
                i += 2;
            }
            else if (pattern.AsSpan(i).StartsWith("**"))
            {
                text.Append(".*");
                i++;
            }
            else text.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
        }

        return text.Append("\\z").ToString();
    }
}
