using System.Globalization;
using System.Text;

namespace Mesh.Hosting.Search;

/// <summary>What kind of token it is.</summary>
public enum TokenKind
{
    /// <summary>A name, perhaps with dots in it, or a keyword.</summary>
    Word,

    /// <summary>Text in single quotes.</summary>
    SingleQuoted,

    /// <summary>Text in double quotes: a key, or a value.</summary>
    DoubleQuoted,

    /// <summary>Text in backticks: a key.</summary>
    Backticked,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A comparison, a parenthesis, a comma.</summary>
    Sign,

    /// <summary>Nothing follows.</summary>
    End,
}

/// <summary>A token with its text (quotes taken off) and where it begins, counted from 0.</summary>
public readonly record struct Token(TokenKind Kind, string Text, int At, double Number = 0)
{
    /// <summary>As it is shown in a message.</summary>
    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.SingleQuoted => $"'{Text}'",
        TokenKind.DoubleQuoted => $"\"{Text}\"",
        TokenKind.Backticked => $"`{Text}`",
        _ => Text,
    };
}

/// <summary>Cuts a filter into tokens.</summary>
public ref struct SearchLexer(string text)
{
    private int _at;

    /// <summary>The next token.</summary>
    /// <exception cref="SearchSyntaxException">A quote that is not closed, or a character that means nothing here.</exception>
    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        if (_at == text.Length) return new Token(TokenKind.End, "", _at);
        var first = text[_at];
        if (first is '\'' or '"' or '`') return Quoted(first);
        if (char.IsAsciiDigit(first) || (first is '+' or '-' or '.' && _at + 1 < text.Length && (char.IsAsciiLetterOrDigit(text[_at + 1]) || text[_at + 1] == '.'))) return Number();
        if (char.IsLetter(first) || first == '_') return Word();
        return Sign();
    }

    private static bool IsWordPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':';

    // A quote within is written twice.
    private Token Quoted(char quote)
    {
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at == text.Length) throw new SearchSyntaxException($"the text that begins with {quote} is not closed", start);
            var c = text[_at++];
            if (c == '\0') throw new SearchSyntaxException("the character U+0000 is part of no text that is kept", _at - 1);
            if (char.IsSurrogate(c) && !IsPaired(_at - 1)) throw new SearchSyntaxException("half of a surrogate pair is no character", _at - 1);
            if (c != quote)
            {
                value.Append(c);
                continue;
            }

            if (_at == text.Length || text[_at] != quote) break;
            value.Append(quote);
            _at++;
        }

        return new Token(quote switch { '\'' => TokenKind.SingleQuoted, '"' => TokenKind.DoubleQuoted, _ => TokenKind.Backticked }, value.ToString(), start);
    }

    private readonly bool IsPaired(int at) => char.IsHighSurrogate(text[at]) ? at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) : at > 0 && char.IsHighSurrogate(text[at - 1]);

    private Token Number()
    {
        var start = _at++;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '.' || (text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E'))) _at++;
        var written = text[start.._at];
        return double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new Token(TokenKind.Number, written, start, number)
            : throw new SearchSyntaxException($"{written} is no number; one that is finite is expected, such as 0.5, -3 or 1e-6", start);
    }

    private Token Word()
    {
        var start = _at;
        while (_at < text.Length && IsWordPart(text[_at])) _at++;
        return new Token(TokenKind.Word, text[start.._at], start);
    }

    private Token Sign()
    {
        var start = _at;
        var two = start + 2 <= text.Length ? text.AsSpan(start, 2) : default;
        if (two is "!=" or "<>" or "<=" or ">=" or "==")
        {
            _at += 2;
            return new Token(TokenKind.Sign, two.ToString(), start);
        }

        _at++;
        return text[start] is '=' or '<' or '>' or '(' or ')' or ','
            ? new Token(TokenKind.Sign, text[start].ToString(), start)
            : throw new SearchSyntaxException($"the character {text[start]} means nothing here; keys with special characters go into backticks, values into single quotes", start);
    }
}

/// <summary>A filter or a key of an order is not in form.</summary>
/// <param name="reason">What is wrong and what would be right.</param>
/// <param name="at">Where, counted from 0.</param>
public sealed class SearchSyntaxException(string reason, int at) : Exception(reason)
{
    /// <summary>Where, counted from 0.</summary>
    public int At { get; } = at;

    /// <summary>In what: <c>filter</c>, or <c>order_by[2]</c>, counted from 0 as well.</summary>
    public string Of { get; init; } = "filter";
}
