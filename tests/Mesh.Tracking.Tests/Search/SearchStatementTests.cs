using System.Text.Json;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Tests.Search;

/// <summary>What statements are made of.</summary>
public sealed class SearchStatementTests
{
    private static readonly string[] Hostile =
        ["'; drop table metric; --", "\" or 1=1 --", "$1", "$99", "{0}", "%", "\\", "\\'; select 1 --", "/*", "a\nb", "é😀", "NULL", "`", "NaN"];

    [Theory]
    [InlineData("params.`{0}` = '{1}'"), InlineData("params.`{0}` LIKE '{1}'"), InlineData("params.`{0}` IN ('x', '{1}')"), InlineData("params.`{0}` NOT IN ('x', '{1}')")]
    [InlineData("tags.`{0}` != '{1}'"), InlineData("tags.`{0}` ILIKE '{1}' OR tags.`{0}` IS NULL"), InlineData("metrics.`{0}` > 1 AND run_name = '{1}'")]
    [InlineData("metrics.`{0}` IS NULL AND NOT status = '{1}'"), InlineData("run_id = '{1}' OR run_id IN ('{1}', 'x')"), InlineData("status IN ('{1}') AND user_id = '{1}'")]
    [InlineData("datasets.name = '{1}' AND datasets.digest NOT IN ('{1}')"), InlineData("artifact_uri = '{1}'")]
    public void What_a_caller_wrote_is_in_parameters_alone(string filter)
    {
        foreach (var order in (string[])["metrics.`{0}` DESC", "params.`{0}`", "tags.`{0}` ASC"])
            foreach (var text in Hostile)
                foreach (var part in (int[])[0, 1, 2])
                    Sql(text, order, part).ShouldBe(Sql("plain", order, part), $"{filter} by {order} with {text}");

        string Sql(string text, string order, int part)
        {
            var (key, value) = (text.Replace("`", "``", StringComparison.Ordinal), text.Replace("'", "''", StringComparison.Ordinal));
            return Statement(string.Format(null, filter, key, value), [string.Format(null, order, key)], part);
        }
    }

    [Theory]
    [InlineData("tags.`{0}` = '{1}'"), InlineData("metadata.`{0}` LIKE '{1}' OR metadata.`{0}` IS NULL"), InlineData("tags.`{0}` NOT IN ('{1}')"), InlineData("request_metadata.`{0}` IN ('x', '{1}')")]
    [InlineData("run_id = '{1}' OR run_id != '{1}' OR run_id IN ('{1}', 'x') OR run_id NOT IN ('{1}')"), InlineData("name = '{1}' AND status IN ('{1}') AND trace_id != '{1}' AND client_request_id ILIKE '{1}'")]
    public void What_a_caller_wrote_of_traces_is_in_parameters_alone(string filter)
    {
        foreach (var order in (string[])["tags.`{0}` DESC", "metadata.`{0}`"])
            foreach (var text in Hostile)
                Sql(text, order).ShouldBe(Sql("plain", order), $"{filter} by {order} with {text}");

        string Sql(string text, string order)
        {
            var (key, value) = (text.Replace("`", "``", StringComparison.Ordinal), text.Replace("'", "''", StringComparison.Ordinal));
            var query = SearchParser.Parse(Searched.Traces, string.Format(null, filter, key, value), [string.Format(null, order, key)]);
            var sql = new TraceSql("p");
            return sql.Where(query.Filter!) + sql.KeyOf(query.Orders[0]).Order;
        }
    }

    [Theory]
    [InlineData("metrics.a > 1", 1), InlineData("params.x = 'y' AND metrics.a <= 1", 1), InlineData("metrics.a > 1 OR metrics.a < 0", 1)]
    [InlineData(null, 3), InlineData("metrics.b > 1", 3), InlineData("metrics.a > 1 OR params.x = 'y'", 3), InlineData("NOT metrics.a > 1", 3), InlineData("metrics.a IS NULL", 3)]
    public void Runs_without_a_value_are_looked_for_only_where_the_filter_lets_them_through(string? filter, int parts) =>
        RunSearch.PartsOf(SearchParser.Parse(Searched.Runs, filter, ["metrics.a DESC"])).ShouldBe(parts);

    [Theory]
    [InlineData("metrics.a", "[\"x\", \"638000000000000000\", \"id\"]"), InlineData("metrics.a", "[null, \"638000000000000000\", \"id\"]"), InlineData("metrics.a", "[\"1\"]")]
    [InlineData("metrics.a", "[\"NaN\", \"638000000000000000\", \"id\"]"), InlineData("metrics.a", "[\"1\", \"-1\", \"id\"]"), InlineData("metrics.a", "[\"1\", \"9999999999999999999\", \"id\"]")]
    [InlineData("start_time", "[null, \"id\"]"), InlineData("start_time", "[\"1\", null]"), InlineData("start_time", "[\"1\", \"id\", \"more\"]")]
    public void Keys_that_are_not_those_of_the_order_are_refused(string order, string keys) =>
        Should.Throw<RejectedException>(() => Statement(null, [order], 0, JsonSerializer.Deserialize<JsonElement[]>(keys)!)).Rejection.Code.ShouldBe("cursor.invalid");

    [Theory]
    [InlineData(""), InlineData("nonsense!"), InlineData("bnVsbA"), InlineData("e30"), InlineData("W10"), InlineData("eyJRdWVyeSI6InEiLCJQYXJ0IjowLCJLZXlzIjpbMV19"), InlineData("eyJRdWVyeSI6InEiLCJQYXJ0IjowLCJLZXlzIjpbIlx1ZDgwMCJdfQ")]
    [InlineData("eyJRdWVyeSI6InEiLCJQYXJ0IjowLCJLZXlzIjpbIlx1MDAwMCJdfQ")]
    public void A_token_that_is_none_is_not_read(string token) => PageToken.Decode(token, "q").ShouldBeNull();

    [Fact]
    public void A_token_is_read_for_its_own_query()
    {
        var token = new PageToken("q", 2, [JsonSerializer.SerializeToElement("é"), JsonSerializer.SerializeToElement((string?)null)]).Encode();
        PageToken.Decode(token, "p").ShouldBeNull();
        var read = PageToken.Decode(token, "q")!;
        (read.Part, read.Keys.Length, read.Keys[0].GetString(), read.Keys[1].ValueKind).ShouldBe((2, 2, "é", JsonValueKind.Null));
        PageToken.Fingerprint("a", "b").ShouldNotBe(PageToken.Fingerprint("a", "c"));
    }

    private static string Statement(string? filter, string[] orders, int part, JsonElement[]? after = null)
    {
        using var command = RunSearch.Compile("p", [1, 2], LifecycleView.Active, SearchParser.Parse(Searched.Runs, filter, orders), part, after ?? [], 10, out _);
        return command.CommandText;
    }
}
