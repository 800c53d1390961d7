using System.Text.Json;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Cli.Tests.Artifacts;

/// <summary>What the commands around lineage and metrics of versions print, and what they ask for.</summary>
public sealed class LineageOperationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private static LineageRebuild Running => new(Guid.CreateVersion7(), LineageRebuildState.Running, "ada", Noon, 2000, Noon, 1999, 1, null, null);

    private static ModelVersion Version => new(
        "churn", 2, "onnx", "churn", 1, new string('a', 64), 10, new ModelSignature([], []), null, null, new Dictionary<string, double> { ["auc"] = 0.95 }, new Dictionary<string, string>(), null, [],
        "ada", Noon);

    [Fact]
    public async Task A_rebuild_is_begun_watched_and_given_up()
    {
        await using var mesh = (await StubMesh.StartAsync()).On("POST /api/v1/lineage/rebuild", Running, 202)
            .On("GET /api/v1/lineage/rebuild", Running with { State = LineageRebuildState.Finished, FinishedAt = Noon, Skipped = 0 }).OnText("DELETE /api/v1/lineage/rebuild", "", "text/plain", 204);
        var (code, output, error) = await mesh.RunAsync("lineage", "rebuild");
        code.ShouldBe(0, error);
        output.ShouldContain("running");
        output.ShouldContain("left out");
        (code, output, error) = await mesh.RunAsync("lineage", "rebuild", "--wait", "--json");
        code.ShouldBe(0, error);
        JsonSerializer.Deserialize<LineageRebuild>(output, MeshJson.Tolerant)!.State.ShouldBe(LineageRebuildState.Finished);
        (await mesh.RunAsync("lineage", "rebuild", "--status")).Output.ShouldContain("finished");
        (await mesh.RunAsync("lineage", "rebuild", "--cancel")).Output.ShouldContain("given up");
        (await mesh.RunAsync("lineage", "rebuild", "--cancel", "--wait")).Code.ShouldBe(2);
        mesh.Requests.Count(request => request.Request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task A_target_is_named_shown_and_removed()
    {
        var target = new OpenLineageTarget("https://marquez/api/v1/lineage", "LINEAGE", "ada", Noon, 3, 10, 0, Noon, 2, Noon, "The receiver answered 503.");
        await using var mesh = (await StubMesh.StartAsync()).On("PUT lineage/openlineage/target", target).On("GET lineage/openlineage/target", target)
            .OnText("DELETE lineage/openlineage/target", "", "text/plain", 204);
        var (code, output, error) = await mesh.RunAsync("lineage", "target", "--url", target.Url, "--secret", "LINEAGE");
        code.ShouldBe(0, error);
        output.ShouldContain("The receiver answered 503.");
        mesh.Requests.Single().Body.ShouldBe("""{"url":"https://marquez/api/v1/lineage","secret":"LINEAGE"}""");
        (await mesh.RunAsync("lineage", "target")).Output.ShouldContain("LINEAGE");
        (await mesh.RunAsync("lineage", "target", "--remove")).Output.ShouldContain("nowhere");
        (await mesh.RunAsync("lineage", "target", "--secret", "LINEAGE")).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Metrics_of_a_version_are_logged_and_listed()
    {
        var metrics = new Page<ModelMetric>([new("auc", 0.95, "mesh://demo/dataset/test@2", Noon, "ada", Noon), new("auc", 0.9, null, Noon, "bob", Noon, Registered: true)]);
        await using var mesh = (await StubMesh.StartAsync()).On("GET models/churn/versions/2", Version).On("POST models/churn/versions/2/metrics", Version)
            .On("GET models/churn/versions/2/metrics", metrics);
        var (code, output, error) = await mesh.RunAsync("models", "metrics", "churn@2", "--log", "auc=0.95", "--log", "loss=1e-3", "--dataset", "mesh://demo/dataset/test@2");
        code.ShouldBe(0, error);
        output.ShouldContain("auc 0.95");
        mesh.Requests.Single(request => request.Request.StartsWith("POST", StringComparison.Ordinal)).Body.ShouldBe(
            """{"metrics":[{"name":"auc","value":0.95,"dataset":"mesh://demo/dataset/test@2"},{"name":"loss","value":0.001,"dataset":"mesh://demo/dataset/test@2"}]}""");

        (code, output, error) = await mesh.RunAsync("models", "metrics", "churn@2");
        code.ShouldBe(0, error);
        output.ShouldContain("test@2");
        output.ShouldContain("(registered with it)");
        (code, output, _) = await mesh.RunAsync("models", "metrics", "churn@2", "--json");
        JsonSerializer.Deserialize<ModelMetric[]>(output, MeshJson.Tolerant)!.Length.ShouldBe(2);
        (await mesh.RunAsync("models", "metrics", "churn@2", "--log", "auc=NaN")).Code.ShouldBe(2);
        (await mesh.RunAsync("models", "metrics", "churn@2", "--dataset", "mesh://demo/dataset/test@2")).Code.ShouldBe(2);
    }
}
