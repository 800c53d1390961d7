using System.Net;
using System.Text;
using Mesh.Artifacts.Models;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using static Mesh.Artifacts.Tests.Models.ModelStory;

namespace Mesh.Artifacts.Tests.Models;

/// <summary>Metrics of a version after its registration.</summary>
public sealed class ModelMetricTests(ArtifactsHost host)
{
    private static readonly ModelEvent[] OneVersion =
        [new ModelEvent.VersionRegistered("churn", 1, "onnx", "a", 1, new string('a', 64), 1, null, new string('b', 64), null, "ada", Now)];

    private static readonly Dictionary<string, MeasuredMetric> Auc = new() { ["auc"] = new("auc", 0.9, "mesh://p/dataset/test@1", Now) };

    private readonly TestProject _project = host.NewProject();

    [Fact]
    public void A_metric_is_kept_with_who_and_when() =>
        When(OneVersion, Log([new("auc", 0.9)], []))[0].ShouldBeOfType<ModelEvent.MetricsLogged>().ShouldSatisfyAllConditions(
            e => (e.Model, e.Version, e.By, e.At).ShouldBe(("churn", 1, "ada", Now)), e => e.Metrics.ShouldBe([new MeasuredMetric("auc", 0.9, null, Now)]));

    [Fact]
    public void What_is_known_is_not_said_again()
    {
        When(OneVersion, Log([new("auc", 0.9, "mesh://p/dataset/test@1")], Auc)).ShouldBeEmpty();
        When(OneVersion, Log([new("auc", 0.9, "mesh://p/dataset/test@1", Now)], Auc)).ShouldBeEmpty();
        foreach (var other in (NewModelMetric[])[new("auc", 0.9), new("auc", 0.91, "mesh://p/dataset/test@1"), new("auc", 0.9, "mesh://p/dataset/test@1", Now.AddMinutes(1))])
            When(OneVersion, Log([other], Auc)).Count.ShouldBe(1);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Refusal(OneVersion, Log([new("auc", 0.9)], [], version: 2)).Code.ShouldBe("model.version-unknown");
        Refusal(OneVersion, Log([new("auc", 0.9, null, Now.AddHours(1))], [])).Code.ShouldBe("metric.not-measured-yet");
        Refusal(OneVersion, Log([new("auc", 0.9)], [], logs: 1)).Code.ShouldBe("write.contended");
        var full = Enumerable.Range(0, 1000).ToDictionary(i => $"m{i}", i => new MeasuredMetric($"m{i}", i, null, Now));
        Refusal(OneVersion, Log([new("auc", 0.9)], full)).Code.ShouldBe("metrics.too-many");
        When(OneVersion, Log([new("m7", 0.9)], full)).Count.ShouldBe(1);
    }

    [Fact]
    public void A_gate_does_not_decide_on_metrics_that_were_logged_over()
    {
        ModelEvent[] given = [.. OneVersion, new ModelEvent.GateSet("churn", new AliasGate("champion", false, false, [new GateCheck("auc", AtLeast: 0.8)]), "ada", Now),
            new ModelEvent.MetricsLogged("churn", 1, [new MeasuredMetric("auc", 0.5, null, Now)], "ada", Now)];
        var metrics = new Dictionary<int, IReadOnlyDictionary<string, double>> { [1] = new Dictionary<string, double> { ["auc"] = 0.9 } };
        Refusal(given, new ModelCommand.MoveAlias("champion", 1, null, "ada", new VersionMetrics(metrics))).Code.ShouldBe("write.contended");
        When(given, new ModelCommand.MoveAlias("champion", 1, null, "ada", new VersionMetrics(metrics, new Dictionary<int, int> { [1] = 1 }))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_latest_counts_for_gates_comparison_and_card_and_the_history_has_all()
    {
        await _project.Register("churn");
        await _project.Register("churn");
        using var olga = host.Host.ClientFor("olga", Role.Admin, _project.Name);
        using var gate = new StringContent("""{"checks":[{"metric":"auc","atLeast":0.92}]}""", Encoding.UTF8, "application/json");
        (await olga.PutAsync($"{_project.Root}/models/churn/gates/champion", gate)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await TestProject.Refused(await _project.Put("/models/churn/aliases/champion", new MoveAlias(1)), HttpStatusCode.Conflict, "alias.gated");

        var test = $"mesh://{_project.Name}/dataset/test@2";
        var version = await Log(1, new("auc", 0.95, test), new("loss", 0.2));
        version.Metrics.ShouldBe(new Dictionary<string, double> { ["auc"] = 0.95, ["loss"] = 0.2 }, ignoreOrder: true);
        await Log(1, new("auc", 0.95, test), new("loss", 0.2));
        await Log(1, new NewModelMetric("auc", 0.1, "s3://old/data.csv", new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        (await _project.Get<ModelVersion>("/models/churn/versions/1")).Metrics["auc"].ShouldBe(0.95);
        (await _project.Get<Page<ModelVersion>>("/models/churn/versions")).Items.Select(each => each.Metrics["auc"]).ShouldBe([0.9, 0.95]);
        (await _project.Get<GateReport>("/models/churn/gates/champion/check?version=1")).Passes.ShouldBeTrue();
        await TestProject.Read<ModelInfo>(await _project.Put("/models/churn/aliases/champion", new MoveAlias(1)));
        (await _project.Get<ModelComparison>("/models/churn/compare?version=1&version=2")).Metrics.Single(line => line.Name == "auc").Values.ShouldBe([0.95, 0.9]);
        (await (await _project.Get("/models/churn/versions/1/card")).Content.ReadAsStringAsync()).ShouldContain("| auc | 0.95 |");

        var history = new List<ModelMetric>();
        for (string? next = ""; next is not null;)
        {
            var page = await _project.Get<Page<ModelMetric>>($"/models/churn/versions/@champion/metrics?limit=1{(next.Length > 0 ? $"&cursor={next}" : "")}");
            history.Add(page.Items.ShouldHaveSingleItem());
            next = page.Next;
        }

        history.Select(metric => (metric.Name, metric.Value, metric.Dataset, metric.By, metric.Registered)).ShouldBe(
            [("auc", 0.1, "s3://old/data.csv", "ada", false), ("loss", 0.2, null, "ada", false), ("auc", 0.95, test, "ada", false), ("auc", 0.9, null, "ada", true)]);
        history[0].At.Year.ShouldBe(2020);
        (await _project.Get<Page<ModelMetric>>("/models/churn/versions/2/metrics")).Items.ShouldHaveSingleItem().Registered.ShouldBeTrue();
        await host.Host.RelayedAsync("model.metrics-logged", e => e.Project == _project.Name && e.DataAs<ModelMetricsLogged>().Metrics.Count == 2);
    }

    [Theory]
    [InlineData("""{"metrics":[{"name":"auc","value":1e999}]}""", "metrics[0].value")]
    [InlineData("""{"metrics":[]}""", "metrics")]
    [InlineData("""{"metrics":[null]}""", "metrics[0]")]
    [InlineData("""{"metrics":[{"name":"","value":1}]}""", "metrics[0].name")]
    [InlineData("""{"metrics":[{"name":"auc","value":1,"dataset":"test@1"}]}""", "metrics[0].dataset")]
    [InlineData("""{"metrics":[{"name":"auc","value":1,"dataset":"mesh://p/dataset"}]}""", "metrics[0].dataset")]
    [InlineData("""{"metrics":[{"name":"auc","value":"NaN"}]}""", null)]
    public async Task What_is_out_of_form_is_refused_and_changes_nothing(string body, string? field)
    {
        await _project.Register("churn");
        var refused = await _project.Send(HttpMethod.Post, "/models/churn/versions/1/metrics", new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await refused.Content.ReadAsStringAsync();
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest, text);
        if (field is not null) text.ShouldContain($"\"{field}\"");
        (await _project.Get<ModelVersion>("/models/churn/versions/1")).Metrics.ShouldBe(new Dictionary<string, double> { ["auc"] = 0.9 });
    }

    [Fact]
    public async Task Viewers_and_unknown_versions_are_refused_and_many_at_once_are_all_kept()
    {
        await _project.Register("churn");
        using var body = new StringContent("""{"metrics":[{"name":"auc","value":1}]}""", Encoding.UTF8, "application/json");
        (await _project.Viewer.PostAsync($"{_project.Root}/models/churn/versions/1/metrics", body)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await TestProject.Refused(await _project.Post("/models/churn/versions/9/metrics", new LogModelMetrics([new("a", 1)])), HttpStatusCode.NotFound, "model.version-unknown");
        await TestProject.Refused(await _project.Get("/models/nobody/versions/1/metrics"), HttpStatusCode.NotFound, "model.unknown");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Log(1, new NewModelMetric($"m{i}", i))));
        (await _project.Get<ModelVersion>("/models/churn/versions/1")).Metrics.Count.ShouldBe(5);
    }

    private static ModelCommand.LogMetrics Log(NewModelMetric[] metrics, Dictionary<string, MeasuredMetric> known, int version = 1, int logs = 0) => new(version, metrics, known, logs, "ada");

    private async Task<ModelVersion> Log(int version, params NewModelMetric[] metrics) =>
        await TestProject.Read<ModelVersion>(await _project.Post($"/models/churn/versions/{version}/metrics", new LogModelMetrics(metrics)));
}
