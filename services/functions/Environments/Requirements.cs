using Mesh.Functions.Queue;

namespace Mesh.Functions.Environments;

/// <summary>Lines of a <c>requirements.txt</c>: packages by name, with versions and markers. Where packages come from is the operator's decision and not the job's.</summary>
internal static class Requirements
{
    /// <summary>The packages, without comments and blank lines, in one order.</summary>
    /// <exception cref="AttemptFailedException">A line is something else.</exception>
    public static IReadOnlyList<string> Read(IEnumerable<string> lines, string where)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var hash = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
            var text = (hash < 0 ? line : line[..hash]).Trim();
            if (text.Length == 0) continue;
            if (!char.IsAsciiLetterOrDigit(text[0]) || text.AsSpan().ContainsAny('/', '\\') || text.EndsWith(".whl", StringComparison.Ordinal))
            {
                throw new AttemptFailedException(
                    $"{where}, line {number}: '{text}' is no package by name such as 'numpy==2.1'. Options, files and addresses are not taken: the operator says where packages come from (Functions:PipArguments).");
            }

            found.Add(text);
        }

        return [.. found];
    }
}
