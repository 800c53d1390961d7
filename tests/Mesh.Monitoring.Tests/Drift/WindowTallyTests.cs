using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Tests.Drift;

public sealed class WindowTallyTests
{
    private static readonly FeatureReference[] Features =
    [
        FeatureReference.Of(new ColumnStatistics("größe", 40, 0, Edges: [1, 2], Counts: [10, 10, 20]))!,
        FeatureReference.Of(new ColumnStatistics("colour", 9, 1, Categories: new Dictionary<string, long> { ["red"] = 4, ["blue"] = 5 }))!,
    ];

    [Theory]
    [InlineData("""{"größe":1.5,"colour":"red"}""")]
    [InlineData("""{"colour":"red","größe":1.5}""")]
    [InlineData("""{"more":[0],"größe":[1.5],"colour":["red"],"other":"größe"}""")]
    public void Columns_are_found_in_any_order_and_others_are_left_out(string row)
    {
        var (tally, same) = (Of(row), Of("""{"größe":1.9,"colour":"red"}"""));
        tally.Rows.ShouldBe(1);
        Scores(tally).ShouldBe(Scores(same));
        Scores(tally).ShouldNotBe(Scores(Of("""{"größe":2.5,"colour":"red"}""")));
        Scores(tally).ShouldNotBe(Scores(Of("""{"größe":1.5,"colour":"blue"}""")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"größe":null,"colour":""}""")]
    public void What_a_row_lacks_is_missing(string row) => Scores(Of(row)).ShouldBe(Scores(Of("""{"größe":"many","colour":null}""")));

    [Fact]
    public void Outputs_are_no_features_and_of_two_columns_of_a_name_the_first_counts()
    {
        var tally = new WindowTally(Features);
        var columns = new PredictionColumns([new("größe", ColumnType.Fp64), new("größe", ColumnType.Fp64)], [new("colour", ColumnType.Bytes)]);
        tally.AddRow(columns, to =>
        {
            PredictionValues.Write(to, [1.5], true);
            PredictionValues.Write(to, [7.0], true);
            PredictionValues.Write(to, ["red"], true);
        });
        Scores(tally).ShouldBe(Scores(Of("""{"größe":1.5}""")));
    }

    [Fact]
    public void Rows_with_other_columns_count_in_one_tally()
    {
        var (tally, same) = (Of("""{"größe":1.5,"colour":"red"}"""), Of("""{"größe":1.5,"colour":"red"}"""));
        tally.AddRows([Json("""{"colour":"blue"}""")]);
        tally.AddRows([Json("""{"größe":2.5,"colour":"red"}""")]);
        same.AddRows([Json("""{"größe":2.5,"colour":"red"}"""), Json("""{"größe":null,"colour":"blue"}""")]);
        tally.Rows.ShouldBe(3);
        Scores(tally).ShouldBe(Scores(same));
    }

    private static WindowTally Of(string row)
    {
        var tally = new WindowTally(Features);
        tally.AddRows([Json(row)]);
        return tally;
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private static (double, double)[] Scores(WindowTally tally) => [.. tally.Judge(new ConfigureMonitor()).Select(feature => (feature.Psi, feature.JensenShannon))];
}
