using Mesh.Hosting.Search;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Tests.Search;

/// <summary>Every kind of field with every comparison: read, or refused at its place.</summary>
public sealed class SearchGrammarTests
{
    private static readonly string[] Numbers =
        ["metrics.loss", "metric.`val loss`", "metrics.\"a.b\"", "attributes.start_time", "attr.end_time", "attribute.created", "run.Created", "start_time", "end_time"];

    private static readonly string[] Texts =
    [
        "params.lr", "param.`l r`", "parameter.lr", "parameters.\"lr\"", "tags.t", "tag.mlflow.user", "attributes.status", "attribute.user_id", "attr.run_name", "run.run_id", "artifact_uri",
        "run_name", "`run name`", "datasets.name", "dataset.digest", "datasets.context",
    ];

    private static readonly string[] Comparisons = ["=", "==", "!=", "<>", "<", "<=", ">", ">="];

    public static TheoryData<string> NumberFields => [.. Numbers];

    public static TheoryData<string> TextFields => [.. Texts];

    [Theory, MemberData(nameof(NumberFields))]
    public void Numbers_take_the_six_comparisons_and_null(string field)
    {
        foreach (var comparison in Comparisons)
        {
            foreach (var (text, value) in ((string, double)[])[("0", 0), ("-1", -1), ("+2.5", 2.5), (".5", 0.5), ("1e-3", 0.001), ("-2.5E+2", -250)])
                Read($"{field} {comparison} {text}").ShouldBeOfType<SearchFilter.OfNumber>().Value.ShouldBe(value);
            Refused($"{field} {comparison} '1'", field.Length + comparison.Length + 2, "a number without quotes");
            Refused($"{field} {comparison} NaN", field.Length + comparison.Length + 2, "NaN");
            Refused($"{field} {comparison} -Infinity", field.Length + comparison.Length + 2, "finite");
            Refused($"{field} {comparison}", field.Length + comparison.Length + 1, "the end stands where");
        }

        foreach (var pattern in (string[])["LIKE", "ilike"]) Refused($"{field} {pattern} 'x'", field.Length + 1, "no pattern");
        foreach (var list in (string[])["IN", "not in"]) Refused($"{field} {list} ('1')", field.Length + 1, "list");
        Read($"{field} IS NULL").ShouldBeOfType<SearchFilter.IsNull>().Negated.ShouldBeFalse();
        Read($"{field} is not null").ShouldBeOfType<SearchFilter.IsNull>().Negated.ShouldBeTrue();
    }

    [Theory, MemberData(nameof(TextFields))]
    public void Texts_take_equality_patterns_lists_and_null(string field)
    {
        foreach (var (comparison, read) in Comparisons.Select(sign => (sign, sign is "=" or "==" or "!=" or "<>")))
        {
            if (read) Read($"{field} {comparison} 'it''s 100%'").ShouldBeOfType<SearchFilter.OfText>().Value.ShouldBe("it's 100%");
            else Refused($"{field} {comparison} 'x'", field.Length + 1, "compared by");
            if (read) Refused($"{field} {comparison} 1", field.Length + comparison.Length + 2, "single quotes");
            if (read) Refused($"{field} {comparison} `x`", field.Length + comparison.Length + 2, "single quotes");
        }

        Read($"{field} LIKE 'a\\_%'").ShouldBeOfType<SearchFilter.OfText>().ShouldBe(new SearchFilter.OfText(FieldOf(field), Comparator.Like, "a\\_%"));
        Read($"{field} ilike \"x\"").ShouldBeOfType<SearchFilter.OfText>().Comparator.ShouldBe(Comparator.ILike);
        Read($"{field} IN ('a', \"b\")").ShouldBeOfType<SearchFilter.In>().Values.ShouldBe(["a", "b"]);
        Read($"{field} NOT IN ('a')").ShouldBeOfType<SearchFilter.In>().Negated.ShouldBeTrue();
        Refused($"{field} IN ()", field.Length + 5, "a text in single quotes");
        Refused($"{field} IN ('a',)", field.Length + 9, "a text in single quotes");
        Read($"{field} IS NULL").ShouldBeOfType<SearchFilter.IsNull>().Field.ShouldBe(FieldOf(field));
        Refused($"{field} IS EMPTY", field.Length + 4, "NULL");
    }

    // Not as data of attributes: those are UTF-8, which has no half of a surrogate pair.
    [Fact]
    public void What_is_no_text_is_refused()
    {
        Refused("params.x = 'a\0b'", 13, "U+0000");
        Refused("params.`\0` = 'a'", 8, "U+0000");
        Refused("params.x = 'a\ud83d'", 13, "surrogate");
        Refused("params.x = '\ude00\ud83d'", 12, "surrogate");
    }

    [Fact]
    public void Any_other_character_is_text() => Read("params.x = '😀 é \t \u2028 \\ \" `'").ShouldBeOfType<SearchFilter.OfText>().Value.ShouldBe("😀 é \t \u2028 \\ \" `");

    [Fact]
    public void A_refusal_names_the_key_of_the_order()
    {
        var refusal = Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, "params.x = 'y'", ["start_time", "metrics.x sideways"]));
        (refusal.Of, refusal.At).ShouldBe(("order_by[1]", 10));
        Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, "params.x", ["start_time"])).Of.ShouldBe("filter");
    }

    private static SearchField FieldOf(string field) => ((SearchFilter.IsNull)Read($"{field} IS NULL")).Field;

    private static SearchFilter Read(string text) => SearchParser.Parse(Searched.Runs, text, []).Filter!;

    private static void Refused(string text, int at, string reason)
    {
        var refusal = Should.Throw<SearchSyntaxException>(() => SearchParser.Parse(Searched.Runs, text, []), text);
        refusal.At.ShouldBe(at, $"{text}: {refusal.Message}");
        refusal.Message.ShouldContain(reason);
    }
}
