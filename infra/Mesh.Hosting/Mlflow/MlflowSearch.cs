using Mesh.Hosting.Http;
using Mesh.Hosting.Search;

namespace Mesh.Hosting.Mlflow;

/// <summary>What the protocol's searches have in common: filter, order, page.</summary>
public static class MlflowSearch
{
    /// <summary>Reads a filter and the keys of an order.</summary>
    /// <exception cref="RejectedException">One is out of form; says where.</exception>
    public static SearchQuery Parse(SearchSubject subject, string? filter, IReadOnlyList<string> orders)
    {
        try
        {
            return SearchParser.Parse(subject, filter, orders);
        }
        catch (SearchSyntaxException e)
        {
            throw MlflowRefusal.Invalid($"Invalid {e.Of}: {e.Message} (at character {e.At + 1}).");
        }
    }

    /// <summary>How many are asked for: <c>max_results</c>.</summary>
    /// <param name="usual">When nothing is said; null where something must be.</param>
    public static int Limit(this MlflowArguments arguments, int? usual, int most) =>
        (arguments.Integer("max_results") ?? usual ?? throw MlflowRefusal.Missing("max_results")) is var limit && limit >= 1 && limit <= most
            ? (int)limit
            : throw arguments.Wrong("max_results", $"1 to {most}");

    /// <summary>Where the page before ended: <c>page_token</c>; null for the first page.</summary>
    public static PageToken? After(this MlflowArguments arguments, string fingerprint) => arguments.Text("page_token") is not { Length: > 0 } token
        ? null
        : PageToken.Decode(token, fingerprint) ?? throw PageToken.Refused;
}
