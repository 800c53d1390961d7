using System.Text;
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
    [InlineData("""{"more":{"größe":[0]},"gr\u00f6\u00dfe":1.5,"colour":["red"],"größe":7}""")]
    public void Columns_are_found_in_any_order_and_spelling_and_others_are_left_out(string row)
    {
        var (tally, same) = (Of(row), Of("""{"größe":1.9,"colour":"red"}"""));
        tally.Rows.ShouldBe(1);
        Scores(tally).ShouldBe(Scores(same));
        Scores(tally).ShouldNotBe(Scores(Of("""{"größe":2.5,"colour":"red"}""")));
        Scores(tally).ShouldNotBe(Scores(Of("""{"größe":1.5,"colour":"blue"}""")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"größe":null,"colour":""}""")]
    public void What_a_row_lacks_is_missing(string row) => Scores(Of(row)).ShouldBe(Scores(Of("""{"größe":"many","colour":null}""")));

    private static WindowTally Of(string row)
    {
        var tally = new WindowTally(Features);
        tally.Add(Encoding.UTF8.GetBytes(row));
        return tally;
    }

    private static (double, double)[] Scores(WindowTally tally) => [.. tally.Judge(new ConfigureMonitor()).Select(feature => (feature.Psi, feature.JensenShannon))];
}
