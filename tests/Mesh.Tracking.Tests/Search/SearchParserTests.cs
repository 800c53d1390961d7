using Mesh.Hosting.Search;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Tests.Search;

public sealed class SearchParserTests
{
    [Theory]
    [InlineData("metrics.loss < 1", "metrics.`loss` < 1")]
    [InlineData("metric.loss<=-1.5e-3", "metrics.`loss` <= -0.0015")]
    [InlineData("metrics.\"val loss\" >= +2", "metrics.`val loss` >= 2")]
    [InlineData("metrics.`a/b: c` != .5", "metrics.`a/b: c` != 0.5")]
    [InlineData("params.lr = '0.1'", "params.`lr` = '0.1'")]
    [InlineData("param.lr = \"0.1\"", "params.`lr` = '0.1'")]
    [InlineData("parameter.lr LIKE '%1'", "params.`lr` LIKE '%1'")]
    [InlineData("parameters.lr ilike '%1'", "params.`lr` ILIKE '%1'")]
    [InlineData("tags.mlflow.source.name = 'train.py'", "tags.`mlflow.source.name` = 'train.py'")]
    [InlineData("tag.x <> 'it''s'", "tags.`x` != 'it''s'")]
    [InlineData("tags.a-b/c:d == 'x'", "tags.`a-b/c:d` = 'x'")]
    [InlineData("attributes.status = 'RUNNING'", "attributes.`status` = 'RUNNING'")]
    [InlineData("attr.start_time > 12", "attributes.`start_time` > 12")]
    [InlineData("run.Created > 12", "attributes.`start_time` > 12")]
    [InlineData("start_time > 12", "attributes.`start_time` > 12")]
    [InlineData("`run name` = 'x'", "attributes.`run_name` = 'x'")]
    [InlineData("attribute.\"run name\" = 'x'", "attributes.`run_name` = 'x'")]
    [InlineData("run_id IN ('a', \"b\")", "attributes.`run_id` IN ('a', 'b')")]
    [InlineData("attributes.run_id NOT IN ('a')", "attributes.`run_id` NOT IN ('a')")]
    [InlineData("datasets.name = 'wine' AND dataset.digest in ('1')", "(datasets.`name` = 'wine' AND datasets.`digest` IN ('1'))")]
    [InlineData("params.x IS NULL and tags.y is not null", "(params.`x` IS NULL AND tags.`y` IS NOT NULL)")]
    [InlineData("metrics.a > 1 AND metrics.b > 2 OR NOT params.c = 'd'", "((metrics.`a` > 1 AND metrics.`b` > 2) OR NOT params.`c` = 'd')")]
    [InlineData("metrics.a > 1 AND (metrics.b > 2 OR params.c = 'd')", "(metrics.`a` > 1 AND (metrics.`b` > 2 OR params.`c` = 'd'))")]
    public void A_filter_is_read(string text, string expected)
    {
        var filter = SearchParser.Parse(Searched.Runs, text, []).Filter!;
        Print(filter).ShouldBe(expected);
        Print(SearchParser.Parse(Searched.Runs, Print(filter), []).Filter!).ShouldBe(expected);
    }

    [Theory]
    [InlineData("metrics.loss <", 14, "a number without quotes")]
    [InlineData("metrics.loss < '1'", 15, "a number without quotes")]
    [InlineData("metrics.loss LIKE 'x'", 13, "no pattern")]
    [InlineData("metrics.loss IN ('x')", 13, "list")]
    [InlineData("metrics.loss ~ 1", 13, "means nothing")]
    [InlineData("metrics.loss < NaN", 15, "a number")]
    [InlineData("metrics.loss < 1x", 15, "no number")]
    [InlineData("metrics.loss < 1e999", 15, "no number")]
    [InlineData("params.lr = 0.1", 12, "single quotes")]
    [InlineData("params.lr > '1'", 10, "compared by")]
    [InlineData("params.lr = 'x", 12, "not closed")]
    [InlineData("params. = 'x'", 8, "a key")]
    [InlineData("colour.x = 'y'", 0, "no field")]
    [InlineData("attributes.colour = 'y'", 0, "no field")]
    [InlineData("colour = 'y'", 0, "no field")]
    [InlineData("datasets.colour = 'y'", 0, "no field")]
    [InlineData("params.x = 'y' params.z = 'a'", 15, "AND, OR or the end")]
    [InlineData("params.x = 'y' AND", 18, "a field")]
    [InlineData("(params.x = 'y'", 15, ")")]
    [InlineData("params.x = 'y')", 14, "AND, OR or the end")]
    [InlineData("params.x IN 'y'", 12, "(")]
    [InlineData("params.x IN ('y'", 16, ", or )")]
    [InlineData("params.x IN (1)", 13, "a text")]
    [InlineData("params.x IS 'y'", 12, "NULL")]
    [InlineData("params.x NOT LIKE 'y'", 13, "IN")]
    [InlineData("'x' = params.x", 0, "a field")]
    [InlineData("params.x = 'y'; drop table run", 14, "means nothing")]
    public void What_is_not_in_form_is_refused_with_its_place(string text, int at, string reason)
    {
        var refusal = Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, text, []));
        refusal.At.ShouldBe(at, refusal.Message);
        refusal.Message.ShouldContain(reason);
    }

    [Fact]
    public void Limits_are_kept()
    {
        Refused(string.Join(" AND ", Enumerable.Repeat("a.x = 'y'".Replace("a", "params", StringComparison.Ordinal), SearchParser.MaxClauses + 1))).ShouldContain("100");
        Refused(new string('(', SearchParser.MaxDepth + 1) + "params.x = 'y'").ShouldContain("20");
        Refused($"params.x = '{new string('y', SearchParser.MaxLength)}'").ShouldContain("10000");
        Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, null, [.. Enumerable.Range(0, 11).Select(i => $"metrics.m{i}")])).Message.ShouldContain("10");

        static string Refused(string text) => Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, text, [])).Message;
    }

    [Theory]
    [InlineData("metrics.loss DESC", FieldKind.Metric, "loss", true)]
    [InlineData("metrics.`val loss` asc", FieldKind.Metric, "val loss", false)]
    [InlineData("start_time", FieldKind.Attribute, "start_time", false)]
    [InlineData("attributes.Created desc", FieldKind.Attribute, "start_time", true)]
    [InlineData("params.\"a b\"", FieldKind.Param, "a b", false)]
    public void An_order_is_read(string text, object kind, string key, bool descending) =>
        SearchParser.Parse(Searched.Runs, null, [text]).Orders.ShouldBe([new SearchOrder(new SearchField((FieldKind)kind, key), descending)]);

    [Theory]
    [InlineData("metrics.loss down"), InlineData("colour"), InlineData("datasets.name"), InlineData("'x'"), InlineData("")]
    public void An_order_that_is_not_in_form_is_refused(string text) => Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, null, [text]));

    [Fact]
    public void A_key_that_comes_twice_orders_once() =>
        SearchParser.Parse(Searched.Runs, null, ["metrics.a DESC", "metrics.a ASC", "start_time"]).Orders.Count.ShouldBe(2);

    [Fact]
    public void Nothing_is_no_filter()
    {
        foreach (var text in (string?[])[null, "", "  "]) SearchParser.Parse(Searched.Runs, text, []).Filter.ShouldBeNull();
    }

    [Fact]
    public void Experiments_have_fields_of_their_own()
    {
        Print(SearchParser.Parse(Searched.Experiments, "name LIKE 'w%' AND tags.x = 'y' AND creation_time > 3", []).Filter!)
            .ShouldBe("(attributes.`name` LIKE 'w%' AND tags.`x` = 'y' AND attributes.`creation_time` > 3)");
        Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Experiments, "metrics.x > 1", []));
        Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Experiments, "status = 'x'", []));
    }

    /// <summary>Texts of pieces of the grammar and of noise, in any order: read, or refused with a place in the text; nothing else.</summary>
    [Fact]
    public void Any_text_is_read_or_refused_and_what_is_read_prints_to_itself()
    {
        string[] pieces =
        [
            "metrics.", "params.x", "tags.`a b`", "start_time", " ", "AND", " OR ", "NOT ", "(", ")", "=", "!=", "<", ">=", " LIKE ", " IN ", "IS NULL", "'v'", "\"w\"", "1", "-2.5e3",
            ",", "`", "'", "\0", "é", "--", ";", ".", "%", "\\",
        ];
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = i % 2 == 0
                ? string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => pieces[random.Next(pieces.Length)]))
                : string.Join(random.Next(2) == 0 ? " AND " : " OR ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Clause(random)));
            try
            {
                if (SearchParser.Parse(Searched.Runs, text, []).Filter is not { } filter) continue;
                read++;
                Print(SearchParser.Parse(Searched.Runs, Print(filter), []).Filter!).ShouldBe(Print(filter), text);
            }
            catch (SearchSyntaxException e)
            {
                e.At.ShouldBeInRange(0, text.Length, text);
            }
        }

        read.ShouldBeGreaterThan(5_000);
    }

    private static string Clause(Random random) => random.Next(6) switch
    {
        0 => $"metrics.m{random.Next(3)} > {random.NextDouble() * 100}",
        1 => $"params.`p {random.Next(3)}` = 'v{random.Next(3)}''s'",
        2 => $"(tags.t{random.Next(3)} LIKE '%{random.Next(3)}\\_')",
        3 => $"NOT run_id IN ('{Guid.NewGuid():N}', 'x')",
        4 => $"datasets.name ILIKE 'd{random.Next(3)}'",
        _ => $"end_time IS {(random.Next(2) == 0 ? "NOT " : "")}NULL",
    };

    private static string Print(SearchFilter filter) => filter switch
    {
        SearchFilter.And(var terms) => $"({string.Join(" AND ", terms.Select(Print))})",
        SearchFilter.Or(var terms) => $"({string.Join(" OR ", terms.Select(Print))})",
        SearchFilter.Not(var term) => $"NOT {Print(term)}",
        SearchFilter.OfText(var field, var comparator, var value) => $"{Print(field)} {Print(comparator)} {Quote(value)}",
        SearchFilter.OfNumber(var field, var comparator, var value) => FormattableString.Invariant($"{Print(field)} {Print(comparator)} {value}"),
        SearchFilter.In(var field, var values, var negated) => $"{Print(field)} {(negated ? "NOT IN" : "IN")} ({string.Join(", ", values.Select(Quote))})",
        SearchFilter.IsNull(var field, var negated) => $"{Print(field)} IS {(negated ? "NOT " : "")}NULL",
        _ => throw new InvalidOperationException(),
    };

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Print(SearchField field) => $"{field.Kind.ToString().ToLowerInvariant()}s.`{field.Key.Replace("`", "``", StringComparison.Ordinal)}`";

    private static string Print(Comparator comparator) => comparator switch
    {
        Comparator.Equal => "=",
        Comparator.NotEqual => "!=",
        Comparator.Less => "<",
        Comparator.LessOrEqual => "<=",
        Comparator.Greater => ">",
        Comparator.GreaterOrEqual => ">=",
        Comparator.Like => "LIKE",
        _ => "ILIKE",
    };
}
