namespace Mesh.Hosting.Search;

/// <summary>What a field of a filter or of an order belongs to.</summary>
public enum FieldKind
{
    /// <summary>Of the entity itself, such as <c>start_time</c>.</summary>
    Attribute,

    /// <summary>The latest value of a metric.</summary>
    Metric,

    /// <summary>A param.</summary>
    Param,

    /// <summary>A tag.</summary>
    Tag,

    /// <summary>A data set that the run read: <c>name</c>, <c>digest</c> or <c>context</c>.</summary>
    Dataset,

    /// <summary>What the client said of a trace once and for all.</summary>
    Metadata,

    /// <summary>What was said of a trace: how good its answer was.</summary>
    Feedback,

    /// <summary>What was said of a trace: what its answer should have been.</summary>
    Expectation,
}

/// <summary>A field: <c>metrics.loss</c>, <c>tags.`my key`</c>, <c>start_time</c>.</summary>
public readonly record struct SearchField(FieldKind Kind, string Key)
{
    /// <summary>As the grammar writes it.</summary>
    public override string ToString() => Kind is FieldKind.Attribute ? $"attributes.{Key}" : $"{PrefixOf(Kind)}.`{Key}`";

    /// <summary>What stands before the keys of a kind.</summary>
    public static string PrefixOf(FieldKind kind) => kind is FieldKind.Metadata or FieldKind.Feedback or FieldKind.Expectation
        ? kind.ToString().ToLowerInvariant()
        : $"{kind.ToString().ToLowerInvariant()}s";
}

/// <summary>How a field and a value are compared.</summary>
public enum Comparator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,

    /// <summary>By a regular expression.</summary>
    RLike,
}

/// <summary>A condition on entities, as it was read.</summary>
public abstract record SearchFilter
{
    private SearchFilter()
    {
    }

    /// <summary>Whether a part of it is a regular expression.</summary>
    public static bool HasExpressions(SearchFilter filter) => filter switch
    {
        And(var terms) => terms.Any(HasExpressions),
        Or(var terms) => terms.Any(HasExpressions),
        Not(var term) => HasExpressions(term),
        OfText(_, var comparator, _) => comparator is Comparator.RLike,
        _ => false,
    };

    /// <summary>All must hold.</summary>
    public sealed record And(IReadOnlyList<SearchFilter> Terms) : SearchFilter;

    /// <summary>One must hold.</summary>
    public sealed record Or(IReadOnlyList<SearchFilter> Terms) : SearchFilter;

    /// <summary>It must not hold: everything that the term does not find, also what lacks its field.</summary>
    public sealed record Not(SearchFilter Term) : SearchFilter;

    /// <summary>A field against a text.</summary>
    public sealed record OfText(SearchField Field, Comparator Comparator, string Value) : SearchFilter;

    /// <summary>A field against a number.</summary>
    public sealed record OfNumber(SearchField Field, Comparator Comparator, double Value) : SearchFilter;

    /// <summary>A field against a list of texts.</summary>
    public sealed record In(SearchField Field, IReadOnlyList<string> Values, bool Negated) : SearchFilter;

    /// <summary>Whether a field is missing.</summary>
    public sealed record IsNull(SearchField Field, bool Negated) : SearchFilter;
}

/// <summary>One key of an order.</summary>
public readonly record struct SearchOrder(SearchField Field, bool Descending);

/// <summary>A filter (null: everything) and an order (empty: the entity's own).</summary>
public sealed record SearchQuery(SearchFilter? Filter, IReadOnlyList<SearchOrder> Orders);
