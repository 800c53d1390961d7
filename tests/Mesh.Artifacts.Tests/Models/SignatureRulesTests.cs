using Mesh.Artifacts.Models;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Models;

public sealed class SignatureRulesTests
{
    private static readonly ModelSignature Good = new([new("age", ColumnType.Fp32), new("pixels", ColumnType.Fp32, [-1, 28])], [new("label", ColumnType.Bytes)]);

    [Fact]
    public void A_good_signature_passes()
    {
        var statistics = new TrainingStatistics(10, [
            new("age", 9, 1, 40, 10, 20, 60, [30, 40, 50], [2, 3, 3, 1]), new("label", 10, 0, Categories: new Dictionary<string, long> { ["yes"] = 10 }),
            new("flat", 10, 0, Edges: [], Counts: [10]),
        ]);
        SignatureRules.Check(Good, statistics).ShouldBeNull();
        SignatureRules.Check(Good, null).ShouldBeNull();
    }

    [Fact]
    public void Each_fault_names_its_field()
    {
        Field(Good with { Inputs = [new("a", ColumnType.Bool), new("a", ColumnType.Bool)] }).ShouldBe("signature.inputs[1].name");
        Field(Good with { Inputs = [new("", ColumnType.Bool)] }).ShouldBe("signature.inputs[0].name");
        Field(Good with { Outputs = [new("a", ColumnType.Bool, [0])] }).ShouldBe("signature.outputs[0].shape");
        Field(Good with { Outputs = [new("a", ColumnType.Bool, [-2])] }).ShouldBe("signature.outputs[0].shape");
        Field(Good with { Inputs = [Good.Inputs[0], null!] }).ShouldBe("signature.inputs[1]");
        Field(Good, (ColumnStatistics)null!).ShouldBe("statistics.columns[0]");
        Field(Good, new ColumnStatistics("a", 1, 0, double.PositiveInfinity)).ShouldBe("statistics.columns[0].mean");
        Field(Good, new ColumnStatistics("a", 1, 0, 1, double.NaN)).ShouldBe("statistics.columns[0].deviation");
        Field(Good, new ColumnStatistics("a", 1, 0, 1, 0, double.NegativeInfinity)).ShouldBe("statistics.columns[0].min");
        Field(Good, new ColumnStatistics("a", 1, 0, 1, 0, 0, double.PositiveInfinity)).ShouldBe("statistics.columns[0].max");
        Field(Good, new ColumnStatistics("a", 1, 0, Edges: [1, double.PositiveInfinity], Counts: [1, 0, 0])).ShouldBe("statistics.columns[0].edges");
        Field(Good, new ColumnStatistics("a", 1, 0, Edges: [1, 2], Counts: [1, 2])).ShouldBe("statistics.columns[0].counts");
        Field(Good, new ColumnStatistics("a", 1, 0, Edges: [2, 2], Counts: [1, 2, 3])).ShouldBe("statistics.columns[0].edges[1]");
        Field(Good, new ColumnStatistics("a", 1, 0, Edges: [2], Counts: [1, -2])).ShouldBe("statistics.columns[0].counts");
        Field(Good, new ColumnStatistics("a", 1, 0, Counts: [1])).ShouldBe("statistics.columns[0].counts");
        Field(Good, new ColumnStatistics("a", -1, 0)).ShouldBe("statistics.columns[0]");
        Field(Good, new ColumnStatistics("a", 1, 0), new ColumnStatistics("a", 1, 0)).ShouldBe("statistics.columns[1].name");
    }

    private static string? Field(ModelSignature signature, params ColumnStatistics[] columns) =>
        SignatureRules.Check(signature, new TrainingStatistics(1, columns)).ShouldNotBeNull().Field;
}
