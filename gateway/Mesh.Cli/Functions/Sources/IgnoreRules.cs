using System.Text.RegularExpressions;
using Mesh.Contracts.Functions;

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
            var pattern = text.TrimStart('/');
            if (pattern.Length > 0) _rules.Add((PathPattern.ToRegex(pattern, anywhere: !text.Contains('/', StringComparison.Ordinal)), foldersOnly, takesBack));
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
}
