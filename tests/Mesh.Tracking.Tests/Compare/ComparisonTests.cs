using Mesh.Contracts.Tracking;
using Mesh.Tracking.Compare;

namespace Mesh.Tracking.Tests.Compare;

/// <summary>How runs are laid side by side, and how columns are typed.</summary>
public sealed class ComparisonTests
{
    private static readonly Guid A = Guid.CreateVersion7();
    private static readonly Guid B = Guid.CreateVersion7();

    [Fact]
    public void What_differs_is_marked_and_what_is_missing_differs()
    {
        var rows = Comparison.Rows(
            [Facts(A, [("lr", "0.1"), ("opt", "adam")]), Facts(B, [("lr", "0.2"), ("opt", "adam"), ("only", "b")])],
            new Dictionary<Guid, Dictionary<string, ComparedValue>>
            {
                [A] = new() { ["nan"] = new(null, double.NaN, double.NaN, double.NaN), ["auc"] = new(null, 0.9, 0.1, 0.9) },
                [B] = new() { ["nan"] = new(null, double.NaN, double.NaN, double.NaN), ["auc"] = new(null, 0.9, 0.2, 0.9) },
            });
        rows.Select(row => (row.Kind, row.Key, row.Differs)).ShouldBe(
        [
            (ComparedKind.Param, "lr", true), (ComparedKind.Param, "only", true), (ComparedKind.Param, "opt", false),
            (ComparedKind.Metric, "auc", true), (ComparedKind.Metric, "nan", false),
        ]);
        rows[1].Values.ShouldBe([null, new ComparedValue("b")]);
    }

    [Fact]
    public void Context_is_commit_group_and_the_digests_of_each_data_set()
    {
        var context = Comparison.Context("c0ffee", "seeds", [new("wine", "d2", "test"), new("wine", "d1", "training"), new("wine", "d1"), new("beer", "d9")]);
        context.ShouldBe(new Dictionary<string, string> { ["source.gitCommit"] = "c0ffee", ["group"] = "seeds", ["datasets.wine"] = "d1, d2", ["datasets.beer"] = "d9" }, ignoreOrder: true);
        Comparison.Context(null, null, []).ShouldBeEmpty();
    }

    [Fact]
    public void Numbers_have_a_range_of_what_is_finite()
    {
        var column = TableColumns.Of("m", [1.5, null, double.NaN, double.PositiveInfinity, -2]);
        (column.Kind, column.Min, column.Max).ShouldBe((ValueKind.Number, -2, 1.5));
        column.Numbers.ShouldBe([1.5, null, double.NaN, double.PositiveInfinity, -2]);
        var none = TableColumns.Of("m", (double?[])[null, double.NaN]);
        (none.Kind, none.Min, none.Max).ShouldBe((ValueKind.Number, null, null));
    }

    [Fact]
    public void Texts_are_numbers_when_all_are()
    {
        var numbers = TableColumns.Of("lr", ["1e-3", null, "10"]);
        (numbers.Kind, numbers.Min, numbers.Max).ShouldBe((ValueKind.Number, 0.001, 10));
        numbers.Numbers.ShouldBe([0.001, null, 10]);
        var words = TableColumns.Of("opt", ["sgd", null, "adam", "sgd"]);
        words.Kind.ShouldBe(ValueKind.Category);
        words.Categories.ShouldBe(["adam", "sgd"]);
        words.Indexes.ShouldBe([1, null, 0, 1]);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("1,5")]
    [InlineData("0x10")]
    [InlineData("")]
    public void What_is_no_finite_number_is_a_category(string text) => TableColumns.Of("p", ["1", text]).Kind.ShouldBe(ValueKind.Category);

    [Fact]
    public void A_column_without_a_value_is_of_no_categories()
    {
        var column = TableColumns.Of("p", (string?[])[null, null]);
        column.Kind.ShouldBe(ValueKind.Category);
        column.Categories.ShouldBeEmpty();
        column.Indexes.ShouldBe([null, null]);
    }

    private static RunFacts Facts(Guid id, (string Key, string Value)[] values) =>
        new(new ComparedRun(id, "r", "Default", RunStatus.Pending, null), new Dictionary<string, string>(), values.ToDictionary(v => v.Key, v => v.Value));
}
