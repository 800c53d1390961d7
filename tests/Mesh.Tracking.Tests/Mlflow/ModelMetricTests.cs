using System.Text.Json;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>Metrics of logged models, as clients of 3.x log them: with the points of a run.</summary>
public sealed class ModelMetricTests(TrackingFixture tracking)
{
    private readonly MlflowUser _ada = new(tracking.NewProject());

    [Fact]
    public async Task A_model_shows_the_latest_of_what_was_logged_with_its_id()
    {
        var run = await _ada.CreateRunAsync();
        var (first, second) = (await CreateAsync("a", run), await CreateAsync("b", run));
        await _ada.PostAsync("runs/log-batch", new
        {
            run_id = run,
            metrics = new object[]
            {
                Metric("loss", 0.5, 1, first), Metric("loss", 0.4, 2, first), Metric("loss", 0.9, 1, first), Metric("auc", 0.8, 0, first, "iris", "d1"), Metric("auc", 0.7, 0, first, "iris", "d2"),
                Metric("auc", double.NaN, 0, second), Metric("plain", 1, 0, null),
            },
            @params = new[] { new { key = "lr", value = "0.1" } },
        });
        await _ada.PostAsync("runs/log-metric", Metric("loss", 0.3, 1, first, run: run));
        await _ada.PostAsync("runs/log-metric", Metric("loss", 0.2, 3, second, run: run));

        (await MetricsAsync(first)).ShouldBe(["auc iris d1 0.8 @0", "auc iris d2 0.7 @0", "loss 0.4 @2"]);
        (await MetricsAsync(second)).ShouldBe(["auc NaN @0", "loss 0.2 @3"]);
        var shown = (await _ada.GetAsync($"logged-models/{first}")).GetProperty("model").GetProperty("data").GetProperty("metrics")[0];
        (shown.GetProperty("model_id").GetString(), shown.GetProperty("run_id").GetString(), shown.GetProperty("timestamp").GetInt64()).ShouldBe((first, run, 1_700_000_000_000));
        // The run has all points, whatever model they tell of.
        var history = await _ada.GetAsync($"metrics/get-history?run_id={run}&metric_key=loss");
        history.GetProperty("metrics").GetArrayLength().ShouldBe(5);

        var other = await _ada.CreateRunAsync();
        await _ada.PostAsync("runs/log-metric", Metric("loss", 0.1, 0, first, run: other));
        (await MetricsAsync(first)).Count(each => each.StartsWith("loss", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task Models_are_found_and_ordered_by_their_metrics_and_data_sets()
    {
        var run = await _ada.CreateRunAsync();
        var models = new Dictionary<string, string>();
        foreach (var name in (string[])["a", "b", "c", "d"]) models[name] = await CreateAsync(name, name == "d" ? null : run);
        await _ada.PostAsync("runs/log-batch", new
        {
            run_id = run,
            metrics = new object[]
            {
                Metric("auc", 0.9, 0, models["a"], "train", "1"), Metric("auc", 0.5, 0, models["a"], "test", "1"),
                Metric("auc", 0.7, 0, models["b"], "train", "1"), Metric("auc", 0.8, 0, models["b"], "test", "2"), Metric("f1", 0.1, 0, null),
            },
        });
        (await FindAsync("metrics.auc > 0.85")).ShouldBe(["c", "a"]);
        (await FindAsync("metrics.auc > 0.75", datasets: [("test", null)])).ShouldBe(["b"]);
        (await FindAsync("metrics.auc > 0.75", datasets: [("test", "1")])).ShouldBeEmpty();
        (await FindAsync("metrics.auc > 0.45", datasets: [("test", "1"), ("test", "2")])).ShouldBe(["b", "a"]);
        (await FindAsync("", datasets: [("train", "1")])).ShouldBe(["b", "a"]);
        (await FindAsync("NOT metrics.auc > 0.85", datasets: [("train", "1")])).ShouldBe(["b"]);
        // Where a model has none of the name, those of its run count; what has neither comes last.
        (await FindAsync("metrics.auc > 0.85 AND name = 'c'")).ShouldBe(["c"]);
        (await FindAsync("metrics.f1 < 0.2")).ShouldBe(["c", "b", "a"]);
        (await FindAsync("metrics.f1 IS NULL")).ShouldBe(["d"]);
        (await FindAsync("", order: ("metrics.auc", true, "train", "1"))).ShouldBe(["b", "a", "c", "d"]);
        (await FindAsync("", order: ("metrics.auc", false, "test", null))).ShouldBe(["b", "a", "c", "d"]);

        var (page, names) = (default(string), new List<string>());
        do
        {
            var answer = await SearchAsync("", [], ("metrics.auc", true, "train", null), 1, page);
            names.AddRange(NamesOf(answer));
            page = answer.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (page is not null);
        names.ShouldBe(["b", "a", "c", "d"]);
    }

    [Fact]
    public async Task What_tells_of_no_model_is_refused_as_a_whole()
    {
        var run = await _ada.CreateRunAsync();
        var model = await CreateAsync("a", run);
        await _ada.RefusedAsync("runs/log-batch", new { run_id = run, metrics = new[] { Metric("loss", 1, 0, model), Metric("loss", 1, 1, "m-none") } }, 404, "RESOURCE_DOES_NOT_EXIST");
        await _ada.RefusedAsync("runs/log-metric", Metric("loss", 1, 0, model, "", "digest", run), 400, "INVALID_PARAMETER_VALUE");
        await _ada.RefusedAsync("runs/log-metric", Metric("loss", 1, 0, model, "x", new string('d', 37), run), 400, "INVALID_PARAMETER_VALUE");
        await _ada.RefusedAsync("logged-models/search", new { experiment_ids = new[] { "0" }, datasets = new[] { new { dataset_digest = "x" } } }, 400, "INVALID_PARAMETER_VALUE");
        var stranger = new MlflowUser(tracking.NewProject());
        var elsewhere = await stranger.CreateRunAsync();
        await stranger.RefusedAsync("runs/log-metric", Metric("loss", 1, 0, model, run: elsewhere), 404, "RESOURCE_DOES_NOT_EXIST");
        (await MetricsAsync(model)).ShouldBeEmpty();
        (await _ada.RunAsync(run)).GetProperty("run").GetProperty("data").TryGetProperty("metrics", out _).ShouldBeFalse();
        // A refused batch with params changes nothing either.
        await _ada.RefusedAsync(
            "runs/log-batch", new { run_id = run, metrics = new[] { Metric("loss", 1, 0, "m-none") }, @params = new[] { new { key = "p", value = "1" } } }, 404, "RESOURCE_DOES_NOT_EXIST");
        (await _ada.RunAsync(run)).GetProperty("run").GetProperty("data").TryGetProperty("params", out _).ShouldBeFalse();
    }

    private static Dictionary<string, object?> Metric(string key, double value, long step, string? model, string? dataset = null, string? digest = null, string? run = null)
    {
        var metric = new Dictionary<string, object?> { ["key"] = key, ["value"] = double.IsNaN(value) ? "NaN" : value, ["step"] = step, ["timestamp"] = 1_700_000_000_000 };
        foreach (var (name, text) in (ReadOnlySpan<(string, string?)>)[("model_id", model), ("dataset_name", dataset), ("dataset_digest", digest), ("run_id", run)])
            if (text is not null) metric[name] = text;
        return metric;
    }

    private async Task<string> CreateAsync(string name, string? run) =>
        (await _ada.PostAsync("logged-models", new { experiment_id = "0", name, source_run_id = run })).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;

    private async Task<IReadOnlyList<string>> MetricsAsync(string model) =>
        (await _ada.GetAsync($"logged-models/{model}")).GetProperty("model").GetProperty("data").TryGetProperty("metrics", out var metrics)
            ? [.. metrics.EnumerateArray().Select(metric => string.Join(' ', new[] { Text(metric, "key"), Text(metric, "dataset_name"), Text(metric, "dataset_digest"), Text(metric, "value"), $"@{Text(metric, "step")}" }.Where(part => part.Length > 0)))]
            : [];

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : "";

    private async Task<IReadOnlyList<string>> FindAsync(string filter, (string Name, string? Digest)[]? datasets = null, (string Field, bool Ascending, string Name, string? Digest)? order = null) =>
        NamesOf(await SearchAsync(filter, datasets ?? [], order, 100, null));

    private Task<JsonElement> SearchAsync(string filter, (string Name, string? Digest)[] datasets, (string Field, bool Ascending, string Name, string? Digest)? order, int limit, string? page) =>
        _ada.PostAsync("logged-models/search", new
        {
            experiment_ids = new[] { "0" },
            filter,
            datasets = datasets.Select(each => new { dataset_name = each.Name, dataset_digest = each.Digest }),
            order_by = order is var (field, ascending, name, digest) ? new[] { new { field_name = field, ascending, dataset_name = name, dataset_digest = digest } } : [],
            max_results = limit,
            page_token = page,
        });

    private static IReadOnlyList<string> NamesOf(JsonElement page) => page.TryGetProperty("models", out var models)
        ? [.. models.EnumerateArray().Select(model => model.GetProperty("info").GetProperty("name").GetString()!)]
        : [];
}
