using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;

namespace Mesh.Tracking.Search;

/// <summary>Reads the search grammar for the calls of Mesh's own API: what is out of form is refused with the character at which it is.</summary>
internal static class SearchGrammar
{
    /// <summary>A filter and the keys of an order, of runs.</summary>
    /// <param name="within">What stands before the names of the fields in a refusal.</param>
    /// <exception cref="RejectedException">One is out of form: 400 <c>filter.invalid</c>.</exception>
    public static SearchQuery ReadRuns(string? filter, IReadOnlyList<string> orders, string within = "")
    {
        try
        {
            return SearchParser.Parse(Searched.Runs, filter, orders);
        }
        catch (SearchSyntaxException e)
        {
            throw Refused(within + e.Of.Replace("order_by", "orderBy", StringComparison.Ordinal), e);
        }
    }

    /// <summary>A field of runs.</summary>
    /// <param name="name">What it is called in a refusal.</param>
    /// <exception cref="RejectedException">It is out of form: 400 <c>filter.invalid</c>.</exception>
    public static SearchField ReadRunField(string text, string name)
    {
        try
        {
            return SearchParser.ParseField(Searched.Runs, text);
        }
        catch (SearchSyntaxException e)
        {
            throw Refused(name, e);
        }
    }

    /// <summary>The refusal of a field: 400 <c>filter.invalid</c>.</summary>
    public static RejectedException Refused(string name, string detail) => new(Rejection.Malformed("filter.invalid", detail, name));

    private static RejectedException Refused(string name, SearchSyntaxException e) => Refused(name, $"'{name}' is out of form at character {e.At + 1}: {e.Message}.");
}
