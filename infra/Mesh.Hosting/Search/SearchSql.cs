using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Hosting.Search;

/// <summary>
/// The SQL of fields and filters. Values become parameters, always: nothing that a caller wrote is part of a statement.
/// </summary>
public abstract class SearchSql
{
    private readonly List<NpgsqlParameter> _parameters = [];

    protected SearchSql(string project) => Project = Bind(project);

    /// <summary>The parameter that holds the project.</summary>
    protected string Project { get; }

    /// <summary>The parameters so far, in their order.</summary>
    public IReadOnlyList<NpgsqlParameter> Parameters => _parameters;

    /// <summary>Adds a parameter.</summary>
    public string Bind(object value, NpgsqlDbType? type = null)
    {
        var parameter = new NpgsqlParameter { Value = value };
        if (type is { } given) parameter.NpgsqlDbType = given;
        _parameters.Add(parameter);
        return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    /// <summary>A condition that is true for what the filter wants.</summary>
    public string Where(SearchFilter filter) => filter switch
    {
        SearchFilter.And(var terms) => $"({string.Join(" and ", terms.Select(Where))})",
        SearchFilter.Or(var terms) => $"({string.Join(" or ", terms.Select(Where))})",
        SearchFilter.Not(var term) => $"({Where(term)} is not true)",
        SearchFilter.OfText comparison => Where(comparison),
        SearchFilter.OfNumber comparison => Where(comparison),
        SearchFilter.In list => Where(list),
        SearchFilter.IsNull(var field, var negated) => negated ? Present(field) : $"(not {Present(field)})",
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "No such filter."),
    };

    protected abstract string Where(SearchFilter.OfText comparison);

    protected abstract string Where(SearchFilter.OfNumber comparison);

    protected abstract string Where(SearchFilter.In list);

    /// <summary>A condition that is true for what has a field, and false for what has not.</summary>
    protected abstract string Present(SearchField field);

    /// <summary>The sign of a comparison.</summary>
    protected static string Sign(Comparator comparator) => comparator switch
    {
        Comparator.Equal => "=",
        Comparator.NotEqual => "<>",
        Comparator.Less => "<",
        Comparator.LessOrEqual => "<=",
        Comparator.Greater => ">",
        Comparator.GreaterOrEqual => ">=",
        Comparator.Like => "like",
        Comparator.ILike => "ilike",
        Comparator.RLike => "~",
        _ => throw new ArgumentOutOfRangeException(nameof(comparator), comparator, "No such comparison."),
    };

    /// <summary>A text against a value.</summary>
    protected string Compare(string text, Comparator comparator, string value) => $"{text} {Sign(comparator)} {Bind(Pattern(comparator, value))}";

    /// <summary>A text against a list.</summary>
    protected string Compare(string text, SearchFilter.In list) => $"{text} {(list.Negated ? "<> all" : "= any")}({Bind(list.Values.ToArray())})";

    /// <summary>An entry of a JSON object of texts. Equality is asked in the form that its index knows.</summary>
    protected string CompareEntry(string member, string key, Comparator comparator, string value) => comparator is Comparator.Equal
        ? $"{member} @> {Bind(JsonSerializer.Serialize(new Dictionary<string, string> { [key] = value }), NpgsqlDbType.Jsonb)}"
        : Compare($"({member} ->> {Bind(key)})", comparator, value);

    /// <summary>An entry against a list of which it is one.</summary>
    protected string CompareEntry(string member, SearchFilter.In list) =>
        $"({string.Join(" or ", list.Values.Distinct().Select(value => CompareEntry(member, list.Field.Key, Comparator.Equal, value)))})";

    /// <summary>
    /// A time in milliseconds. Times are kept to the microsecond, and callers know them to the millisecond: each stands for all of its microseconds.
    /// </summary>
    protected string CompareTime(string time, Comparator comparator, double milliseconds)
    {
        var whole = Math.Floor(milliseconds);
        // Between two milliseconds nothing is equal, and what is less than it is at most the one before.
        if (whole != milliseconds && comparator is Comparator.Equal or Comparator.NotEqual) return comparator is Comparator.Equal ? "false" : $"{time} is not null";
        if (whole != milliseconds) comparator = comparator is Comparator.Less or Comparator.LessOrEqual ? Comparator.LessOrEqual : Comparator.Greater;
        var from = Bind(Moment(whole));
        var to = Bind(Moment(whole + 1));
        return comparator switch
        {
            Comparator.Equal => $"({time} >= {from} and {time} < {to})",
            Comparator.NotEqual => $"({time} < {from} or {time} >= {to})",
            Comparator.Less => $"{time} < {from}",
            Comparator.LessOrEqual => $"{time} < {to}",
            Comparator.Greater => $"{time} >= {to}",
            Comparator.GreaterOrEqual => $"{time} >= {from}",
            _ => throw new ArgumentOutOfRangeException(nameof(comparator), comparator, "Numbers have no pattern."),
        };
    }

    // A pattern that ends with a lone backslash is an error to PostgreSQL; here it stands for itself.
    private static string Pattern(Comparator comparator, string value)
    {
        if (comparator is not (Comparator.Like or Comparator.ILike)) return value;
        var trailing = value.Length - value.TrimEnd('\\').Length;
        return trailing % 2 == 1 ? value + "\\" : value;
    }

    private static DateTimeOffset Moment(double milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(
        (long)Math.Clamp(milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
