using Mesh.Cli.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Tests;

public sealed class LineageTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("dataset:a/b c@3", "mesh://demo/dataset/a/b%20c@3")]
    [InlineData("model:churn@2", "mesh://demo/registered-model/churn@2")]
    [InlineData("model:churn#champion", "mesh://demo/registered-model/churn#champion")]
    [InlineData("run:0193a1c0-0000-7000-8000-000000000000", "mesh://demo/run/0193a1c0-0000-7000-8000-000000000000")]
    [InlineData("function:train@4", "mesh://demo/function/train@4")]
    [InlineData("mesh://other/file/x@1", "mesh://other/file/x@1")]
    public void A_thing_has_a_short_name(string text, string uri) => LineageAddress.Read(text, "demo").ToString().ShouldBe(uri);

    [Theory]
    [InlineData("churn")]
    [InlineData("dataset:")]
    [InlineData("Data Set:x@1")]
    [InlineData("mesh://demo")]
    public void What_names_nothing_is_refused(string text) => Should.Throw<UsageException>(() => LineageAddress.Read(text, "demo")).Message.ShouldContain("is no address");

    [Fact]
    public void A_tree_spells_out_once_what_is_reached_twice()
    {
        var graph = new LineageGraph(
            "mesh://p/run/r", [Node("run/r", "train"), Node("dataset/d@1", "d@1"), Node("model/m@1", "m@1"), Node("registered-model/c@1", "c@1"), Node("endpoint/e", "e")],
            [
                Edge("dataset/d@1", "run/r", LineageRelation.Used), Edge("run/r", "model/m@1", LineageRelation.Produced), Edge("run/r", "registered-model/c@1", LineageRelation.Produced),
                Edge("model/m@1", "registered-model/c@1", LineageRelation.RegisteredAs), Edge("registered-model/c@1", "endpoint/e", LineageRelation.Serves) with { Now = false },
            ], false);

        LineageTree.Lines(graph, LineageDirection.Both).ShouldBe(
        [
            "mesh://p/run/r  train",
            "made from",
            "└─ used mesh://p/dataset/d@1",
            "led to",
            "├─ produced mesh://p/model/m@1",
            "│  └─ registered-as mesh://p/registered-model/c@1",
            "│     └─ serves (once) mesh://p/endpoint/e",
            "└─ produced mesh://p/registered-model/c@1 …",
        ]);
    }

    private static LineageNode Node(string id, string title) => new($"mesh://p/{id}", id.Split('/')[0], title, new Dictionary<string, string>(), At, At, 0);

    private static LineageEdge Edge(string from, string to, LineageRelation type) => new($"mesh://p/{from}", $"mesh://p/{to}", type, At, At);
}
