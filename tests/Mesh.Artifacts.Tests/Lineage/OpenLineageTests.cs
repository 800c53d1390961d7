using System.Net;
using System.Text.Json.Nodes;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Lineage;

public sealed class OpenLineageTests(ArtifactsHost host)
{
    private const string Run = "0193a1c0-0000-7000-8000-000000000001";
    private const string Parent = "0193a1c0-0000-7000-8000-000000000002";

    [Fact]
    public async Task An_event_of_another_system_becomes_part_of_the_graph_once()
    {
        var project = host.NewProject();
        for (var i = 0; i < 2; i++) (await project.Post("/lineage/openlineage", Event(project.Name))).StatusCode.ShouldBe(HttpStatusCode.OK);

        var graph = await project.Get<LineageGraph>($"/lineage?uri=mesh://{project.Name}/run/{Run}");

        graph.Nodes.Select(node => node.Kind).ShouldBe(["run", "dataset", "external", "run"], ignoreOrder: true);
        graph.Edges.Select(edge => edge.Type).ShouldBe([LineageRelation.Used, LineageRelation.Parent, LineageRelation.Produced], ignoreOrder: true);
        graph.Edges.Single(edge => edge.Type == LineageRelation.Produced).To.ShouldBe($"mesh://{project.Name}/dataset/table@1");
        var external = graph.Nodes.Single(node => node.Kind == "external");
        external.Attributes.ShouldBe(new Dictionary<string, string> { ["namespace"] = "s3://lake", ["name"] = "raw/day=1" }, ignoreOrder: true);
        external.Uri.ShouldStartWith($"mesh://{project.Name}/external/s3://lake/raw/day-1-");
        graph.Nodes.Single(node => node.Title == "load").Attributes["code.commit"].ShouldBe("abc");

        var given = await project.Get<OpenLineageRunEvent>($"/lineage/openlineage/runs/{Run}");
        given.EventType.ShouldBe("COMPLETE");
        given.Job.ShouldBe(new OpenLineageJob("airflow", "load"));
        given.Inputs.ShouldBe([new OpenLineageDataset("s3://lake", "raw/day=1")]);
        given.Outputs.ShouldBe([new OpenLineageDataset($"mesh://{project.Name}", "dataset/table@1")]);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("job")]
    [InlineData("eventTime")]
    [InlineData("producer")]
    public async Task What_lacks_a_part_is_refused(string part)
    {
        var project = host.NewProject();
        var body = Event(project.Name);
        body.Remove(part);
        await TestProject.Refused(await project.Post("/lineage/openlineage", body), HttpStatusCode.BadRequest, "openlineage.invalid");
        (await project.Get($"/lineage?uri=mesh://{project.Name}/run/{Run}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("eventType", "\"DONE\"")]
    [InlineData("run", "{\"runId\":\"x\"}")]
    [InlineData("inputs", "{}")]
    [InlineData("outputs", "[{\"namespace\":\"a\"}]")]
    [InlineData("outputs", "[{\"namespace\":\"mesh://{project}\",\"name\":\"table\"}]")]
    public async Task What_is_out_of_form_is_refused(string field, string value)
    {
        var project = host.NewProject();
        var body = Event(project.Name);
        body[field] = JsonNode.Parse(value.Replace("{project}", project.Name, StringComparison.Ordinal));
        await TestProject.Refused(await project.Post("/lineage/openlineage", body), HttpStatusCode.BadRequest, "openlineage.invalid");
    }

    private static JsonObject Event(string project) => JsonNode.Parse(
        $$$"""
        {
          "eventType": "COMPLETE", "eventTime": "2026-01-01T00:00:00.000Z", "producer": "https://airflow.example", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
          "run": { "runId": "{{{Run}}}", "facets": { "parent": { "run": { "runId": "{{{Parent}}}" }, "job": { "namespace": "airflow", "name": "dag" } } } },
          "job": { "namespace": "airflow", "name": "load", "facets": { "sourceCodeLocation": { "type": "git", "url": "https://git.example/x", "version": "abc" } } },
          "inputs": [{ "namespace": "s3://lake", "name": "raw/day=1", "facets": {} }],
          "outputs": [{ "namespace": "mesh://{{{project}}}", "name": "dataset/table@1" }]
        }
        """)!.AsObject();
}
