using Mesh.Contracts.Events;
using Mesh.Monitoring.Journal;
using System.Text.RegularExpressions;

namespace Mesh.Monitoring.Tests.Journal;

public sealed class JournalFilterTests
{
    private static readonly string[] Types = ["run", "run.created", "run.created.twice", "model.version-registered", "runs.created", "x"];

    [Theory]
    [InlineData("#")]
    [InlineData("*")]
    [InlineData("run.*")]
    [InlineData("run.#")]
    [InlineData("run.created")]
    [InlineData("*.created")]
    [InlineData("run.*.#")]
    [InlineData("*.*")]
    [InlineData("#.created")]
    [InlineData("run.#.twice")]
    [InlineData("#.created.#")]
    [InlineData("#.#")]
    [InlineData("#.*")]
    [InlineData("*.#.#")]
    [InlineData("model.version-registered")]
    public void The_expression_for_the_table_says_what_the_pattern_says(string pattern)
    {
        var filter = new JournalFilter([pattern], null, null);
        foreach (var type in Types)
            Regex.IsMatch(type, filter.TypesExpression()!).ShouldBe(EventTypes.Matches(pattern, type), $"{pattern} on {type}");
    }

    [Fact]
    public void Every_short_pattern_has_an_expression_that_says_the_same()
    {
        var types = Texts(["a", "b"], 4).ToList();
        var wrong = from pattern in Texts(["a", "b", "*", "#"], 4)
                    let expression = new Regex(new JournalFilter([pattern], null, null).TypesExpression()!)
                    from type in types
                    where expression.IsMatch(type) != EventTypes.Matches(pattern, type)
                    select $"{pattern} on {type}";
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Several_patterns_are_alternatives()
    {
        var filter = new JournalFilter(JournalFilter.ParseTypes("run.created, model.*,"), null, null);
        Types.Where(type => Regex.IsMatch(type, filter.TypesExpression()!)).ShouldBe(["run.created", "model.version-registered"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("run.")]
    [InlineData(".*")]
    [InlineData("Run.*")]
    [InlineData("run.(a|b)")]
    [InlineData("run.*'")]
    [InlineData("run created")]
    public void What_is_no_pattern_is_refused(string text) => JournalFilter.ParseTypes(text).ShouldBeNull();

    [Fact]
    public void Too_many_patterns_are_refused() => JournalFilter.ParseTypes(string.Join(',', Enumerable.Repeat("run.*", 51))).ShouldBeNull();

    private static IEnumerable<string> Texts(string[] words, int most) =>
        most == 1 ? words : words.Concat(Texts(words, most - 1).SelectMany(text => words.Select(word => $"{text}.{word}"))).Distinct();
}
