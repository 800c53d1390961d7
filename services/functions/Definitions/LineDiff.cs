namespace Mesh.Functions.Definitions;

/// <summary>Which lines of two texts differ.</summary>
internal static class LineDiff
{
    private const int Around = 3;

    // A table of that many cells is a moment's work; longer stretches are shown as wholly replaced.
    private const long MostCells = 4_000_000;

    /// <summary>The lines that differ, each behind <c>-</c> or <c>+</c>, with three lines around them behind a blank; <c>@@</c> where some are left out.</summary>
    public static IReadOnlyList<string> Of(string before, string after)
    {
        var all = Whole(Split(before), Split(after));
        var shown = new bool[all.Count];
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i][0] == ' ') continue;
            for (var near = Math.Max(0, i - Around); near <= Math.Min(all.Count - 1, i + Around); near++) shown[near] = true;
        }

        var lines = new List<string>();
        for (var i = 0; i < all.Count; i++)
        {
            if (shown[i]) lines.Add(all[i]);
            else if (i == 0 || shown[i - 1]) lines.Add("@@");
        }

        return lines;
    }

    private static string[] Split(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    private static List<string> Whole(string[] left, string[] right)
    {
        var start = 0;
        while (start < left.Length && start < right.Length && left[start] == right[start]) start++;
        var end = 0;
        while (end < left.Length - start && end < right.Length - start && left[^(end + 1)] == right[^(end + 1)]) end++;
        List<string> lines = [.. left[..start].Select(line => " " + line)];
        lines.AddRange(Middle(left[start..^end], right[start..^end]));
        lines.AddRange(left[^end..].Select(line => " " + line));
        return lines;
    }

    /// <summary>By the longest common subsequence.</summary>
    private static IEnumerable<string> Middle(string[] left, string[] right)
    {
        if ((long)left.Length * right.Length > MostCells)
        {
            foreach (var line in left) yield return "-" + line;
            foreach (var line in right) yield return "+" + line;
            yield break;
        }

        var common = new int[left.Length + 1, right.Length + 1];
        for (var i = left.Length - 1; i >= 0; i--)
            for (var j = right.Length - 1; j >= 0; j--) common[i, j] = left[i] == right[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        for (int i = 0, j = 0; i < left.Length || j < right.Length;)
        {
            if (i < left.Length && j < right.Length && left[i] == right[j])
            {
                yield return " " + left[i];
                (i, j) = (i + 1, j + 1);
            }
            else if (j == right.Length || (i < left.Length && common[i + 1, j] >= common[i, j + 1])) yield return "-" + left[i++];
            else yield return "+" + right[j++];
        }
    }
}
