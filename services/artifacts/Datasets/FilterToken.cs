namespace Mesh.Artifacts.Datasets;

/// <summary>What a piece of a filter is.</summary>
internal enum FilterTokenKind
{
    /// <summary>A bare word: a column, or a word of the grammar.</summary>
    Word,

    /// <summary>A column in double quotes or backticks.</summary>
    Name,

    /// <summary>Text in single quotes.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>= != &lt; &lt;= &gt; &gt;=</c></summary>
    Comparison,

    /// <summary>A parenthesis or a comma.</summary>
    Sign,

    /// <summary>Nothing more.</summary>
    End,
}

/// <summary>A piece of a filter.</summary>
/// <param name="Position">Where it begins, from 1.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position)
{
    /// <summary>The pieces of a text; the last is the end.</summary>
    /// <exception cref="Mesh.Hosting.Http.RejectedException">A character that is none of the grammar, or a quote that stays open.</exception>
    public static IReadOnlyList<FilterToken> Read(string text)
    {
        var tokens = new List<FilterToken>();
        var at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var token = Next(text, at, out var end);
            tokens.Add(token);
            at = end;
        }

        tokens.Add(new FilterToken(FilterTokenKind.End, "", text.Length + 1));
        return tokens;
    }

    private static FilterToken Next(string text, int at, out int end)
    {
        var c = text[at];
        switch (c)
        {
            case '\'':
                return new FilterToken(FilterTokenKind.Text, Quoted(text, at, out end), at + 1);
            case '"' or '`':
                return new FilterToken(FilterTokenKind.Name, Quoted(text, at, out end), at + 1);
            case '(' or ')' or ',':
                end = at + 1;
                return new FilterToken(FilterTokenKind.Sign, c.ToString(), at + 1);
        }

        foreach (var (sign, sql) in ((string, string)[])[("==", "="), ("!=", "<>"), ("<>", "<>"), ("<=", "<="), (">=", ">="), ("=", "="), ("<", "<"), (">", ">")])
        {
            if (!text.AsSpan(at).StartsWith(sign, StringComparison.Ordinal)) continue;
            end = at + sign.Length;
            return new FilterToken(FilterTokenKind.Comparison, sql, at + 1);
        }

        if (char.IsAsciiDigit(c) || c is '-' or '+' or '.') return new FilterToken(FilterTokenKind.Number, Number(text, at, out end), at + 1);
        if (!IsWord(c)) throw RowFilter.Invalid($"'{c}' at {at + 1} is not expected");
        end = at;
        while (end < text.Length && (IsWord(text[end]) || char.IsAsciiDigit(text[end]))) end++;
        return new FilterToken(FilterTokenKind.Word, text[at..end], at + 1);
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c);

    // The quote twice is the quote itself.
    private static string Quoted(string text, int at, out int end)
    {
        var quote = text[at];
        var content = new System.Text.StringBuilder();
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '\0') throw RowFilter.Invalid($"a zero character at {i + 1} is not expected");
            if (text[i] != quote)
            {
                content.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == quote)
            {
                content.Append(quote);
                i++;
            }
            else
            {
                end = i + 1;
                return content.ToString();
            }
        }

        throw RowFilter.Invalid($"the quote at {at + 1} stays open");
    }

    private static string Number(string text, int at, out int end)
    {
        end = at + 1;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or 'e' or 'E' || (text[end] is '-' or '+' && text[end - 1] is 'e' or 'E'))) end++;
        var number = text[at..end];
        return double.TryParse(number, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _)
            ? number
            : throw RowFilter.Invalid($"'{number}' at {at + 1} is no number");
    }
}
