using System.Globalization;

namespace Mesh.Hosting.Search;

/// <summary>
/// Reads the search grammar of MLflow (comparisons, <c>LIKE</c>, <c>ILIKE</c>, <c>IN</c>, <c>IS NULL</c>, joined by <c>AND</c>), and beyond it <c>OR</c>, <c>NOT</c>
/// and parentheses. Keywords in any case; names and values as they stand.
/// </summary>
public ref struct SearchParser
{
    /// <summary>The most characters of a filter.</summary>
    public const int MaxLength = 10_000;

    /// <summary>The most comparisons in a filter.</summary>
    public const int MaxClauses = 100;

    /// <summary>The most characters of a regular expression.</summary>
    public const int MaxExpression = 500;

    /// <summary>The most parentheses within each other.</summary>
    public const int MaxDepth = 20;

    /// <summary>The most keys of an order.</summary>
    public const int MaxOrders = 10;

    private readonly SearchSubject _subject;
    private SearchLexer _lexer;
    private Token _token;
    private int _clauses;
    private int _depth;

    private SearchParser(SearchSubject subject, string text)
    {
        _subject = subject;
        _lexer = new SearchLexer(text);
        _token = _lexer.Next();
    }

    /// <summary>Reads a filter and the keys of an order.</summary>
    /// <exception cref="SearchSyntaxException">One is not in form.</exception>
    public static SearchQuery Parse(SearchSubject subject, string? filter, IReadOnlyList<string> orders)
    {
        if (orders.Count > MaxOrders) throw new SearchSyntaxException($"an order has at most {MaxOrders} keys; these are {orders.Count}", 0) { Of = "order_by" };
        var keys = new List<SearchOrder>();
        for (var i = 0; i < orders.Count; i++)
        {
            var key = ParseOrder(subject, orders[i], i);
            // A second key of the same field orders nothing.
            if (keys.All(known => known.Field != key.Field)) keys.Add(key);
        }

        return new SearchQuery(ParseFilter(subject, filter), keys);
    }

    /// <summary>Reads a field by itself, such as <c>metrics.loss</c>.</summary>
    /// <exception cref="SearchSyntaxException">It is not in form, or there is none of that name.</exception>
    public static SearchField ParseField(SearchSubject subject, string text)
    {
        var parser = new SearchParser(subject, text);
        var field = parser.Field();
        return parser._token.Kind is TokenKind.End ? field : throw parser.Expected("the end");
    }

    private static SearchFilter? ParseFilter(SearchSubject subject, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (text.Length > MaxLength) throw new SearchSyntaxException($"a filter has at most {MaxLength} characters; this one has {text.Length}", MaxLength);
        var parser = new SearchParser(subject, text);
        var filter = parser.Any();
        return parser._token.Kind is TokenKind.End ? filter : throw parser.Expected("AND, OR or the end");
    }

    private static SearchOrder ParseOrder(SearchSubject subject, string text, int place)
    {
        try
        {
            return ParseOrder(subject, text);
        }
        catch (SearchSyntaxException e)
        {
            throw new SearchSyntaxException(e.Message, e.At) { Of = string.Create(CultureInfo.InvariantCulture, $"order_by[{place}]") };
        }
    }

    private static SearchOrder ParseOrder(SearchSubject subject, string text)
    {
        if (text.Length > MaxLength) throw new SearchSyntaxException($"a key of an order has at most {MaxLength} characters", MaxLength);
        var parser = new SearchParser(subject, text);
        var field = parser.Field();
        var descending = parser.Take("DESC");
        if (!descending) parser.Take("ASC");
        if (parser._token.Kind is not TokenKind.End) throw parser.Expected("ASC, DESC or the end");
        return field.Kind switch
        {
            FieldKind.Dataset => throw new SearchSyntaxException("data sets order nothing: a run may have several", 0),
            FieldKind.Feedback or FieldKind.Expectation => throw new SearchSyntaxException("assessments order nothing: a trace may have several of a name", 0),
            _ => new SearchOrder(field, descending),
        };
    }

    private SearchFilter Any()
    {
        List<SearchFilter> terms = [All()];
        while (Take("OR")) terms.Add(All());
        return terms.Count == 1 ? terms[0] : new SearchFilter.Or(terms);
    }

    private SearchFilter All()
    {
        List<SearchFilter> terms = [Term()];
        while (Take("AND")) terms.Add(Term());
        return terms.Count == 1 ? terms[0] : new SearchFilter.And(terms);
    }

    private SearchFilter Term()
    {
        var at = _token.At;
        if (Take("NOT"))
        {
            Descend(at);
            var negated = new SearchFilter.Not(Term());
            _depth--;
            return negated;
        }

        if (!TakeSign("(")) return Comparison();
        Descend(at);
        var inner = Any();
        if (!TakeSign(")")) throw Expected("AND, OR or )");
        _depth--;
        return inner;
    }

    private SearchFilter Comparison()
    {
        if (++_clauses > MaxClauses) throw new SearchSyntaxException($"a filter has at most {MaxClauses} comparisons", _token.At);
        var field = Field();
        var at = _token.At;
        if (Take("IS"))
        {
            var isNot = Take("NOT");
            return Take("NULL") ? new SearchFilter.IsNull(field, isNot) : throw Expected("NULL");
        }

        if (Take("NOT")) return Take("IN") ? In(field, at, negated: true) : throw Expected("IN");
        if (Take("IN")) return In(field, at, negated: false);
        var comparator = ReadComparator();
        return _subject.IsNumber(field) ? new SearchFilter.OfNumber(field, comparator, Number(field, comparator, at)) : new SearchFilter.OfText(field, comparator, Text(field, comparator, at));
    }

    private SearchFilter.In In(SearchField field, int at, bool negated)
    {
        if (_subject.IsNumber(field)) throw new SearchSyntaxException($"{field} holds numbers, which are not compared with a list", at);
        if (!TakeSign("(")) throw Expected("( and a list of texts in single quotes");
        var values = new List<string>();
        do
        {
            if (_token.Kind is not (TokenKind.SingleQuoted or TokenKind.DoubleQuoted)) throw Expected("a text in single quotes");
            values.Add(_token.Text);
            Advance();
        }
        while (TakeSign(","));
        return TakeSign(")") ? new SearchFilter.In(field, values, negated) : throw Expected(", or )");
    }

    private SearchField Field()
    {
        var at = _token.At;
        var (prefix, key) = (default(string), "");
        if (_token.Kind is TokenKind.Word)
        {
            var word = _token.Text;
            Advance();
            var dot = word.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0) key = word;
            else if (dot < word.Length - 1) (prefix, key) = (word[..dot], word[(dot + 1)..]);
            else if (_token.Kind is TokenKind.Backticked or TokenKind.DoubleQuoted)
            {
                (prefix, key) = (word[..dot], _token.Text);
                Advance();
            }
            else throw Expected($"a key behind {word}");
        }
        else if (_token.Kind is TokenKind.Backticked or TokenKind.DoubleQuoted)
        {
            key = _token.Text;
            Advance();
        }
        else throw Expected($"a field: one of {_subject.Known}");

        return _subject.Find(prefix, key)
            ?? throw new SearchSyntaxException($"{(prefix is null ? key : $"{prefix}.{key}")} is no field of {(_subject.Name[0] is 'e' ? "an" : "a")} {_subject.Name}; known are {_subject.Known}", at);
    }

    private Comparator ReadComparator()
    {
        Comparator? found = _token switch
        {
            { Kind: TokenKind.Sign, Text: "=" or "==" } => Comparator.Equal,
            { Kind: TokenKind.Sign, Text: "!=" or "<>" } => Comparator.NotEqual,
            { Kind: TokenKind.Sign, Text: "<" } => Comparator.Less,
            { Kind: TokenKind.Sign, Text: "<=" } => Comparator.LessOrEqual,
            { Kind: TokenKind.Sign, Text: ">" } => Comparator.Greater,
            { Kind: TokenKind.Sign, Text: ">=" } => Comparator.GreaterOrEqual,
            _ when Is("LIKE") => Comparator.Like,
            _ when Is("ILIKE") => Comparator.ILike,
            _ when Is("RLIKE") => _subject.HasExpressions
                ? Comparator.RLike
                : throw new SearchSyntaxException($"the texts of {(_subject.Name[0] is 'e' ? "an" : "a")} {_subject.Name} are not compared by regular expressions: use LIKE or ILIKE", _token.At),
            _ => null,
        };
        if (found is not { } comparator) throw Expected("a comparison: =, !=, <, <=, >, >=, LIKE, ILIKE, IN or IS NULL");
        Advance();
        return comparator;
    }

    private double Number(SearchField field, Comparator comparator, int at)
    {
        if (comparator is Comparator.Like or Comparator.ILike or Comparator.RLike) throw new SearchSyntaxException($"{field} holds numbers, which have no pattern", at);
        if (IsWordForNumber()) throw new SearchSyntaxException($"{_token} stands where a number without quotes is expected: no comparison holds for NaN, and infinity is none to compare with", _token.At);
        if (_token.Kind is not TokenKind.Number) throw Expected("a number without quotes");
        var value = _token.Number;
        Advance();
        return value;
    }

    private string Text(SearchField field, Comparator comparator, int at)
    {
        if (comparator is not (Comparator.Equal or Comparator.NotEqual or Comparator.Like or Comparator.ILike or Comparator.RLike))
            throw new SearchSyntaxException($"{field} holds texts, which are compared by =, !=, LIKE, ILIKE and IN", at);
        if (_token.Kind is not (TokenKind.SingleQuoted or TokenKind.DoubleQuoted)) throw Expected("a text in single quotes");
        var value = _token.Text;
        if (comparator is Comparator.RLike && value.Length > MaxExpression) throw new SearchSyntaxException($"a regular expression has at most {MaxExpression} characters; this one has {value.Length}", _token.At);
        Advance();
        return value;
    }

    private void Descend(int at)
    {
        if (++_depth > MaxDepth) throw new SearchSyntaxException($"a filter is nested at most {MaxDepth} deep", at);
    }

    private bool Is(string keyword) => _token.Kind is TokenKind.Word && _token.Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private bool IsWordForNumber() => Is("NaN") || Is("Infinity") || Is("inf");

    private bool Take(string keyword)
    {
        if (!Is(keyword)) return false;
        Advance();
        return true;
    }

    private bool TakeSign(string sign)
    {
        if (_token.Kind is not TokenKind.Sign || _token.Text != sign) return false;
        Advance();
        return true;
    }

    private void Advance() => _token = _lexer.Next();

    private readonly SearchSyntaxException Expected(string what) => new($"{_token} stands where {what} is expected", _token.At);
}
