using System.Globalization;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Which rows are meant: <c>age &gt;= 18 and (city in ('Rome', 'Oslo') or "home town" is null) and not name like 'A%'</c>. It becomes a condition whose
/// values are parameters and whose columns are those of the data set, quoted: nothing of the text itself reaches the database.
/// </summary>
/// <param name="Where">Empty, or <c> where …</c>.</param>
internal sealed record RowFilter(string Where, IReadOnlyList<object> Parameters)
{
    /// <summary>The most characters of a filter.</summary>
    public const int MostCharacters = 4096;

    /// <summary>The filter that lets every row through.</summary>
    public static RowFilter None { get; } = new("", []);

    /// <summary>Reads a filter.</summary>
    /// <exception cref="RejectedException">It cannot be read, or compares what cannot be compared: 400 <c>filter.invalid</c>, <c>column.unknown</c>.</exception>
    public static RowFilter Parse(string? text, IReadOnlyList<DatasetColumn> columns)
    {
        if (string.IsNullOrWhiteSpace(text)) return None;
        if (text.Length > MostCharacters) throw Invalid($"it has more than {MostCharacters:N0} characters");
        var parser = new Parser(Tokens(text), columns);
        return new RowFilter($" where {parser.Whole()}", parser.Parameters);
    }

    // The tokens are those of the search grammar; what they mean is not, since columns have types of their own.
    private static List<Token> Tokens(string text)
    {
        var tokens = new List<Token>();
        var lexer = new SearchLexer(text);
        try
        {
            do tokens.Add(lexer.Next());
            while (tokens[^1].Kind is not TokenKind.End);
        }
        catch (SearchSyntaxException e)
        {
            throw Invalid($"{e.Message} (at {e.At + 1})");
        }

        return tokens;
    }

    private static RejectedException Invalid(string reason) => new(Rejection.Malformed("filter.invalid", $"The filter cannot be read: {reason}.", "filter"));

    private sealed class Parser(List<Token> tokens, IReadOnlyList<DatasetColumn> columns)
    {
        private const int MostValues = 1000;
        private const int MostDepth = 32;

        private readonly List<object> _parameters = [];
        private int _at;
        private int _depth;

        public IReadOnlyList<object> Parameters => _parameters;

        private Token Now => tokens[_at];

        public string Whole()
        {
            var sql = Any();
            return Now.Kind is TokenKind.End ? sql : throw Invalid($"{Now} at {Now.At + 1} is not expected");
        }

        private string Any()
        {
            var parts = new List<string> { All() };
            while (Takes("or")) parts.Add(All());
            return parts.Count == 1 ? parts[0] : $"({string.Join(" or ", parts)})";
        }

        private string All()
        {
            var parts = new List<string> { One() };
            while (Takes("and")) parts.Add(One());
            return parts.Count == 1 ? parts[0] : $"({string.Join(" and ", parts)})";
        }

        private string One()
        {
            if (++_depth > MostDepth) throw Invalid($"it is nested deeper than {MostDepth}");
            try
            {
                if (Takes("not")) return $"(not {One()})";
                if (!TakesSign("(")) return Comparison();
                var inner = Any();
                if (!TakesSign(")")) throw Expected("')'");
                return inner;
            }
            finally
            {
                _depth--;
            }
        }

        private string Comparison()
        {
            if (Now.Kind is not (TokenKind.Word or TokenKind.DoubleQuoted or TokenKind.Backticked)) throw Expected("a column");
            var name = Take().Text;
            var column = ColumnChoice.Find(columns, name) ?? throw new RejectedException(ColumnChoice.Unknown(name, columns, "filter"));
            var sql = Sql.Name(column.Name);
            if (Takes("is"))
            {
                var isNot = Takes("not");
                if (!Takes("null")) throw Expected("null");
                return $"({sql} is {(isNot ? "not " : "")}null)";
            }

            var no = Takes("not") ? "not " : "";
            if (Takes("in")) return $"({sql} {no}in ({List(column)}))";
            if (Takes("between"))
            {
                var from = Value(column);
                if (!Takes("and")) throw Expected("and");
                return $"({sql} {no}between {from} and {Value(column)})";
            }

            if (Takes("like")) return $"({sql} {no}like {Pattern(column)})";
            if (Takes("ilike")) return $"({sql} {no}ilike {Pattern(column)})";
            if (no.Length > 0) throw Expected("in, like, ilike or between");
            if (Sign() is not { } sign) throw Expected("=, !=, <, <=, >, >=, in, like, between or is");
            _at++;
            return $"({sql} {sign} {Value(column)})";
        }

        private string List(DatasetColumn column)
        {
            if (!TakesSign("(")) throw Expected("'('");
            var values = new List<string> { Value(column) };
            while (TakesSign(",")) values.Add(Value(column));
            if (!TakesSign(")")) throw Expected("')'");
            return string.Join(", ", values);
        }

        private string Pattern(DatasetColumn column)
        {
            if (column.Kind != DatasetColumnKind.Text) throw Invalid($"like is for text, and '{column.Name}' is {column.Type}");
            return Now.Kind is TokenKind.SingleQuoted ? Add(Take().Text) : throw Expected("text in single quotes");
        }

        private string Value(DatasetColumn column)
        {
            var token = Now;
            if (token.Kind is TokenKind.SingleQuoted or TokenKind.Number || (token.Kind is TokenKind.Word && token.Text.ToLowerInvariant() is "true" or "false")) _at++;
            else throw Expected("a value: a number, text in single quotes, true or false");
            return column.Kind switch
            {
                DatasetColumnKind.Number when token.Kind is TokenKind.Number => AddNumber(token.Text),
                DatasetColumnKind.Text when token.Kind is TokenKind.SingleQuoted => Add(token.Text),
                DatasetColumnKind.Boolean when token.Kind is TokenKind.Word => Add(token.Text.Equals("true", StringComparison.OrdinalIgnoreCase)),
                DatasetColumnKind.Time when token.Kind is TokenKind.SingleQuoted => $"cast({Add(Time(column, token.Text))} as {column.Type})",
                _ => throw Invalid($"'{column.Name}' is {column.Type} and cannot be compared with {token}"),
            };
        }

        // Whole numbers and decimals as such: a double would blur the digits of an id.
        private string AddNumber(string text)
        {
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return Add(whole);
            if (System.Numerics.BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) && text.Length <= 38) return $"cast({Add(text)} as hugeint)";
            return Add(double.Parse(text, CultureInfo.InvariantCulture));
        }

        private static string Time(DatasetColumn column, string text)
        {
            var isRead = column.Type.StartsWith("TIME", StringComparison.Ordinal) && !column.Type.StartsWith("TIMESTAMP", StringComparison.Ordinal)
                ? TimeOnly.TryParse(text.TrimEnd('Z'), CultureInfo.InvariantCulture, out _)
                : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
            return isRead ? text : throw Invalid($"'{column.Name}' is {column.Type}, and '{text}' is none; write it as '2026-01-31' or '2026-01-31T12:00:00'");
        }

        private string Add(object value)
        {
            if (_parameters.Count == MostValues) throw Invalid($"it has more than {MostValues:N0} values");
            _parameters.Add(value);
            return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
        }

        // As DuckDB writes it.
        private string? Sign() => Now is not { Kind: TokenKind.Sign } ? null : Now.Text switch
        {
            "=" or "==" => "=",
            "!=" or "<>" => "<>",
            "<" or "<=" or ">" or ">=" => Now.Text,
            _ => null,
        };

        private bool Takes(string word)
        {
            if (Now.Kind is not TokenKind.Word || !Now.Text.Equals(word, StringComparison.OrdinalIgnoreCase)) return false;
            _at++;
            return true;
        }

        private bool TakesSign(string sign)
        {
            if (Now.Kind is not TokenKind.Sign || Now.Text != sign) return false;
            _at++;
            return true;
        }

        private Token Take() => tokens[_at++];

        private RejectedException Expected(string what) => Invalid(Now.Kind is TokenKind.End ? $"{what} is missing at its end" : $"{what} is expected at {Now.At + 1}, not {Now}");
    }
}
