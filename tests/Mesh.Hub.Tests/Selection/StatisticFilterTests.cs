using Mesh.Hub.Selection;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Tests.Selection;

/// <summary>Against scikit-learn 1.2 and SciPy 1.10 on the same files, numbers in the same ten bins.</summary>
public sealed class StatisticFilterTests
{
    private static readonly TrainingData Wine = Of(RealData.Wine, "cultivar");

    [Theory]
    [InlineData("anova-f", "alcohol", 135.07762424283948)]
    [InlineData("anova-f", "magnesium", 12.429584338150178)]
    [InlineData("anova-f", "flavanoids", 233.92587268154838)]
    [InlineData("chi2", "alcohol", 9.247796679395913)]
    [InlineData("chi2", "ash", 3.549923612934237)]
    [InlineData("mutual-information", "flavanoids", 0.6723954416450174)]
    [InlineData("mutual-information", "hue", 0.4390999335924905)]
    [InlineData("variance", "ash", 0.02152324)]
    public void Numbers_against_classes(string filter, string feature, double expected) =>
        Score(filter, Wine, feature)!.Value.ShouldBe(expected, expected * 1e-6);

    [Theory]
    [InlineData("anova-f", "alcohol", 124.53386747)]
    [InlineData("anova-f", "malic_acid", 6.73716417)]
    public void Numbers_against_numbers(string filter, string feature, double expected) =>
        Score(filter, Of(RealData.Wine, "proline"), feature)!.Value.ShouldBe(expected, expected * 1e-6);

    [Fact]
    public void What_says_nothing_has_no_score_and_what_says_all_has_the_greatest()
    {
        var data = Of(Csv("constant,same,kind,half,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"1,{i % 2},{(i % 2 == 0 ? "a" : "b")},{(i % 4 < 2 ? "p" : "q")},{i % 2}\n"))), "y");
        foreach (var filter in (string[])["anova-f", "chi2", "mutual-information", "correlation"]) Score(filter, data, "constant").ShouldBeNull(filter);
        Score("variance", data, "constant").ShouldBe(0);
        Score("anova-f", data, "same").ShouldBe(double.MaxValue);
        Score("anova-f", data, "kind").ShouldBeNull();
        Score("correlation", data, "kind")!.Value.ShouldBe(1, 1e-12);
        Score("mutual-information", data, "kind")!.Value.ShouldBe(Math.Log(2), 1e-12);
        Score("chi2", data, "half").ShouldBe(0);
    }

    [Fact]
    public void Rows_without_a_value_do_not_count()
    {
        var whole = Of(Csv("a,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i + (i % 2 * 5)},{i % 2}\n"))), "y");
        var holed = Of(Csv("a,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i + (i % 2 * 5)},{i % 2}\n,{i % 2}\n"))), "y");
        foreach (var filter in StatisticFilter.All) filter.Score(holed, holed.Table.Find("a")!, holed.Rows)!.Value.ShouldBe(Score(filter.Name, whole, "a")!.Value, 1e-9, filter.Name);
    }

    private static double? Score(string filter, TrainingData data, string feature) =>
        StatisticFilter.All.Single(f => f.Name == filter).Score(data, data.Table.Find(feature)!, data.Rows);

    private static TrainingData Of(Table table, string target) => TrainingData.Of(table, target, "auto", [], null, _ => { });

    private static Table Csv(string text) => CsvTable.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), "test.csv");
}
