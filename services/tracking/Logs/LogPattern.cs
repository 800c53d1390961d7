using System.Text.RegularExpressions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Logs;

/// <summary>What is looked for in the lines of a log: a text as it stands, or a regular expression that takes time in proportion to the text.</summary>
internal sealed class LogPattern
{
    /// <summary>The most characters of a query.</summary>
    public const int MaxLength = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly string _literal;
    private readonly StringComparison _comparison;
    private readonly Regex? _regex;

    private LogPattern(string literal, StringComparison comparison, Regex? regex) => (_literal, _comparison, _regex) = (literal, comparison, regex);

    /// <exception cref="RejectedException">The query is none.</exception>
    public static LogPattern Parse(string? query, bool regex, bool ignoreCase)
    {
        if (query is not { Length: > 0 and <= MaxLength }) throw Refused("query.invalid", $"'query' must have 1 to {MaxLength:N0} characters.");
        if (!regex)
        {
            if (query.AsSpan().ContainsAny('\n', '\e')) throw Refused("query.invalid", "'query' must be without line breaks and escapes: logs are searched line by line, as people see them.");
            return new LogPattern(query, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal, null);
        }

        try
        {
            var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            return new LogPattern("", default, new Regex(query, options, Patience));
        }
        catch (RegexParseException e)
        {
            throw Refused("regex.invalid", $"'query' is no regular expression: {e.Message}");
        }
        catch (NotSupportedException)
        {
            throw Refused("regex.unsupported", "'query' must do without backreferences, lookarounds, atomic groups and repetitions of many thousands.");
        }
    }

    /// <summary>The next characters that match, from <paramref name="from"/> on; never none, and never half of one.</summary>
    /// <exception cref="RejectedException">The expression takes too long.</exception>
    public (int Start, int End)? Find(ReadOnlySpan<char> text, int from)
    {
        if (_regex is null)
        {
            var at = text[from..].IndexOf(_literal, _comparison);
            return at < 0 ? null : Whole(text, from + at, from + at + _literal.Length);
        }

        try
        {
            foreach (var match in _regex.EnumerateMatches(text, from))
                if (match.Length > 0) return Whole(text, match.Index, match.Index + match.Length);
            return null;
        }
        catch (RegexMatchTimeoutException)
        {
            throw new RejectedException(Rejection.Unprocessable("regex.too-slow", "The regular expression takes too long on this log. Make it simpler.", "query"));
        }
    }

    // Expressions see the halves of a surrogate pair as two characters.
    private static (int Start, int End) Whole(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0 && char.IsLowSurrogate(text[start]) && char.IsHighSurrogate(text[start - 1])) start--;
        if (end < text.Length && char.IsLowSurrogate(text[end]) && char.IsHighSurrogate(text[end - 1])) end++;
        return (start, end);
    }

    private static RejectedException Refused(string code, string detail) => new(Rejection.Malformed(code, detail, "query"));
}
