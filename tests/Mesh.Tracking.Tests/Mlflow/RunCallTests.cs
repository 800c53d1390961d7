using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Tests.Mlflow;

public sealed class RunCallTests(TrackingFixture tracking)
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";

    [Fact]
    public async Task A_run_goes_through_its_life_and_is_the_same_run_to_the_platform()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync(name: "fit", start: 1_700_000_000_000);
        await ada.PostAsync("runs/log-batch", new
        {
            run_id = run,
            metrics = new[] { new { key = "loss", value = 0.5, timestamp = 1_700_000_000_100L, step = "-3" } },
            @params = new[] { new { key = "lr", value = "0.1" } },
            tags = new[] { new { key = "team", value = "red" } },
        });
        var info = (await ada.PostAsync("runs/update", new { run_id = run, status = "FINISHED", end_time = "1700000001000" })).GetProperty("run_info");
        info.GetProperty("status").GetString().ShouldBe("FINISHED");
        info.GetProperty("end_time").GetInt64().ShouldBe(1_700_000_001_000);
        var native = await ada.User.GetAsync(Guid.Parse(run));
        (native.Name, native.Status, native.Experiment, native.Kind, native.User).ShouldBe(("fit", RunStatus.Completed, "Default", "mlflow", "ada"));
        native.StartedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
        native.Metrics["loss"].ShouldBe(new MetricSummary(0.5, -3, 0.5, 0.5, 1));
        native.Params["lr"].ShouldBe("0.1");
        native.Tags["team"].ShouldBe("red");
        (await ada.User.GetAsync<Page<HistoryEntry>>($"/runs/{run}/history")).Items.Select(e => e.Type)
            .ShouldBe(["run.created", "run.started", "run.params-logged", "run.tags-set", "run.metrics-summarized", "run.completed"]);
    }

    [Fact]
    public async Task A_run_of_the_platform_is_seen_by_clients()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var parent = await ada.User.CreateAsync(new CreateRun("sweep", "wine"));
        var child = await ada.User.CreateAsync(new CreateRun("trial", "wine", Parent: parent.Id, Params: new() { ["lr"] = "0.1" }));
        var run = (await ada.RunAsync(child.Id.ToString())).GetProperty("run");
        run.GetProperty("info").GetProperty("status").GetString().ShouldBe("SCHEDULED");
        run.GetProperty("info").GetProperty("experiment_id").GetString().ShouldBe("1");
        Tags(run)["mlflow.runName"].ShouldBe("trial");
        Tags(run)["mlflow.parentRunId"].ShouldBe(parent.Id.ToString("N"));
    }

    [Fact]
    public async Task What_ended_takes_more_and_goes_on()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        await ada.PostAsync("runs/update", new { run_id = run, status = "FINISHED" });
        await ada.PostAsync("runs/log-parameter", new { run_id = run, key = "late", value = "" });
        await ada.PostAsync("runs/log-metric", new { run_id = run, key = "late", value = 1, timestamp = 1 });
        await ada.PostAsync("runs/set-tag", new { run_id = run, key = "late", value = "1" });
        foreach (var status in (string[])["RUNNING", "FAILED", "KILLED", "FINISHED", "FINISHED", "RUNNING"])
            (await ada.PostAsync("runs/update", new { run_id = run, status })).GetProperty("run_info").GetProperty("status").GetString().ShouldBe(status);
        await ada.RefusedAsync("runs/update", new { run_id = run, status = "DONE" }, 400, Invalid);
        var found = (await ada.RunAsync(run)).GetProperty("run");
        found.GetProperty("info").TryGetProperty("end_time", out _).ShouldBeFalse();
        found.GetProperty("data").GetProperty("params")[0].GetProperty("value").GetString().ShouldBe("");
    }

    [Fact]
    public async Task Names_and_their_tag_are_one()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var tagged = await ada.PostAsync("runs/create", new { experiment_id = "0", tags = new[] { new { key = "mlflow.runName", value = "by tag" } } });
        tagged.GetProperty("run").GetProperty("info").GetProperty("run_name").GetString().ShouldBe("by tag");
        var random = await ada.PostAsync("runs/create", new { experiment_id = "0" });
        random.GetProperty("run").GetProperty("info").GetProperty("run_name").GetString()!.Split('-').Length.ShouldBe(3);
        await ada.RefusedAsync("runs/create", new { experiment_id = "0", run_name = "a", tags = new[] { new { key = "mlflow.runName", value = "b" } } }, 400, Invalid);
        var run = MlflowUser.Id(tagged);
        await ada.PostAsync("runs/update", new { run_id = run, run_name = "by update" });
        Tags((await ada.RunAsync(run)).GetProperty("run"))["mlflow.runName"].ShouldBe("by update");
        await ada.PostAsync("runs/set-tag", new { run_id = run, key = "mlflow.runName", value = "by tag again" });
        (await ada.User.GetAsync(Guid.Parse(run))).Name.ShouldBe("by tag again");
    }

    [Fact]
    public async Task A_deleted_run_is_read_and_restored_but_takes_nothing()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        await ada.PostAsync("runs/delete", new { run_id = run });
        await ada.PostAsync("runs/delete", new { run_id = run });
        (await ada.RunAsync(run)).GetProperty("run").GetProperty("info").GetProperty("lifecycle_stage").GetString().ShouldBe("deleted");
        await Refused("runs/log-metric", new { run_id = run, key = "x", value = 1, timestamp = 1 });
        await Refused("runs/log-parameter", new { run_id = run, key = "x", value = "1" });
        await Refused("runs/log-batch", new { run_id = run });
        await Refused("runs/set-tag", new { run_id = run, key = "x", value = "1" });
        await Refused("runs/update", new { run_id = run, status = "FINISHED" });
        await ada.PostAsync("runs/restore", new { run_id = run });
        await ada.PostAsync("runs/log-metric", new { run_id = run, key = "x", value = 1, timestamp = 1 });

        async Task Refused(string call, object body) => (await ada.RefusedAsync(call, body, 400, Invalid)).ShouldContain("'active' state");
    }

    [Fact]
    public async Task A_param_keeps_its_first_value()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        await ada.PostAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.1" });
        await ada.PostAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.1" });
        (await ada.RefusedAsync("runs/log-parameter", new { run_id = run, key = "lr", value = "0.2" }, 400, Invalid)).ShouldContain("lr");
        var batch = new
        {
            run_id = run,
            metrics = new[] { new { key = "loss", value = 1, timestamp = 1 } },
            @params = new[] { new { key = "new", value = "1" }, new { key = "lr", value = "0.3" } },
            tags = new[] { new { key = "t", value = "1" } },
        };
        await ada.RefusedAsync("runs/log-batch", batch, 400, Invalid);
        await ada.RefusedAsync("runs/log-batch", new { run_id = run, @params = new[] { new { key = "twice", value = "1" }, new { key = "twice", value = "1" } } }, 400, Invalid);
        var after = await ada.User.GetAsync(Guid.Parse(run));
        after.Params.ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1" });
        after.Metrics.ShouldBeEmpty();
        after.Tags.Keys.ShouldNotContain("t");
    }

    [Fact]
    public async Task A_batch_is_stored_with_its_points_or_not_at_all()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        object Batch(string metric, string param) => new
        {
            run_id = run,
            metrics = new[] { new { key = metric, value = 1, timestamp = 1 } },
            @params = new[] { new { key = param, value = "1" } },
            tags = new[] { new { key = "t", value = "1" } },
        };
        for (var i = 0; i < 2; i++)
            await ada.PostAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Range(i * 1000, 1000).Select(n => new { key = $"m{n}", value = n, timestamp = 1 }) });
        (await ada.RefusedAsync("runs/log-batch", Batch("one more", "lr"), 400, Invalid)).ShouldContain("2000 metrics");
        await ada.RefusedAsync("runs/log-batch", Batch("a\0b", "lr"), 400, Invalid);
        var before = await ada.User.GetAsync(Guid.Parse(run));
        before.Params.ShouldBeEmpty();
        before.Tags.Keys.ShouldNotContain("t");
        before.Metrics.Count.ShouldBe(2000);
        // The second time there is nothing to decide, and the points are stored all the same.
        for (var i = 0; i < 2; i++) await ada.PostAsync("runs/log-batch", Batch("m7", "lr"));
        var after = await ada.User.GetAsync(Guid.Parse(run));
        after.Params.ShouldBe(new Dictionary<string, string> { ["lr"] = "1" });
        after.Tags["t"].ShouldBe("1");
        after.Metrics["m7"].Count.ShouldBe(3);
    }

    [Fact]
    public async Task Batches_with_and_without_params_do_not_lock_each_other_out()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.CreateRunAsync()));
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => ada.PostAsync("runs/log-batch", new
        {
            run_id = runs[i % 4],
            metrics = Enumerable.Range(0, 5).Select(n => new { key = $"m{(i + n) % 7}", value = i, timestamp = i, step = i }),
            @params = i % 3 == 0 ? [new { key = $"p{i}", value = "1" }] : (object[])[],
        })));
        var after = await Task.WhenAll(runs.Select(run => ada.User.GetAsync(Guid.Parse(run))));
        after.Sum(run => run.Params.Count).ShouldBe(40);
        after.Sum(run => run.Metrics.Values.Sum(metric => metric.Count)).ShouldBe(600);
    }

    [Fact]
    public async Task Tags_change_and_go()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        foreach (var value in (string[])["1", "2", ""]) await ada.PostAsync("runs/set-tag", new { run_id = run, key = "t", value });
        Tags((await ada.RunAsync(run)).GetProperty("run"))["t"].ShouldBe("");
        await ada.PostAsync("runs/delete-tag", new { run_id = run, key = "t" });
        await ada.RefusedAsync("runs/delete-tag", new { run_id = run, key = "t" }, 404, Unknown);
    }

    [Fact]
    public async Task Inputs_and_outputs_are_kept()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        var dataset = new { name = "wine", digest = "d1", source_type = "local", source = "wine.csv", schema = "{\"a\":1}", profile = new string('p', 70_000) };
        var input = new { tags = new[] { new { key = "mlflow.data.context", value = "training" } }, dataset };
        await ada.PostAsync("runs/log-inputs", new { run_id = run, datasets = new[] { input } });
        await ada.PostAsync("runs/log-inputs", new { run_id = run, datasets = new[] { input } });
        await ada.PostAsync("runs/outputs", new { run_id = run, models = new[] { new { model_id = "m-1", step = 3 } } });
        var found = (await ada.RunAsync(run)).GetProperty("run");
        var read = found.GetProperty("inputs").GetProperty("dataset_inputs").EnumerateArray().ShouldHaveSingleItem();
        read.GetProperty("dataset").GetProperty("profile").GetString()!.Length.ShouldBe(70_000);
        read.GetProperty("tags")[0].GetProperty("value").GetString().ShouldBe("training");
        found.GetProperty("outputs").GetProperty("model_outputs")[0].GetProperty("step").GetInt32().ShouldBe(3);
        var summary = (await ada.PostAsync("experiments/search-datasets", new { experiment_ids = new[] { "0" } })).GetProperty("dataset_summaries")[0];
        (summary.GetProperty("name").GetString(), summary.GetProperty("context").GetString()).ShouldBe(("wine", "training"));
        (await ada.User.GetAsync(Guid.Parse(run))).Inputs.ShouldBe([new DatasetRef("wine", "d1", "training")]);
        await ada.RefusedAsync("runs/log-inputs", new { run_id = run, datasets = new[] { new { dataset = new { name = "x" } } } }, 400, Invalid);
    }

    [Fact]
    public async Task Histories_are_read_in_the_order_of_steps_and_repeats_are_shown_once()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var (run, other) = (await ada.CreateRunAsync(), await ada.CreateRunAsync());
        foreach (var (step, value) in ((long, double)[])[(2, 0.2), (-1, 0.9), (0, 0.5), (0, 0.5), (0, 0.4), (long.MaxValue, 0), (long.MinValue, 1)])
            await ada.PostAsync("runs/log-metric", new { run_id = run, key = "loss", value, timestamp = 10, step });
        await ada.PostAsync("runs/log-metric", new { run_id = other, key = "loss", value = 7, timestamp = 10, step = 1 });
        (await HistoryAsync($"metrics/get-history?run_id={run}&metric_key=loss")).ShouldBe(
            [(long.MinValue, 1), (-1, 0.9), (0, 0.4), (0, 0.5), (2, 0.2), (long.MaxValue, 0)]);
        var first = await ada.GetAsync($"metrics/get-history?run_id={run}&metric_key=loss&max_results=4");
        var rest = await HistoryAsync($"metrics/get-history?run_id={run}&metric_key=loss&page_token={first.GetProperty("next_page_token").GetString()}");
        rest.ShouldBe([(2, 0.2), (long.MaxValue, 0)]);
        (await HistoryAsync($"metrics/get-history-bulk?run_id={run}&run_id={other}&metric_key=loss")).Count.ShouldBe(7);
        (await HistoryAsync($"metrics/get-history-bulk-interval?run_ids={run}&run_ids={other}&metric_key=loss&start_step=-1&end_step=1")).ShouldBe([(-1, 0.9), (0, 0.4), (0, 0.5), (1, 7)]);
        (await HistoryAsync($"metrics/get-history?run_id={run}&metric_key=nothing")).ShouldBeEmpty();
        await ada.RefusedGetAsync("metrics/get-history?metric_key=loss", 400, Invalid);
        await ada.RefusedGetAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&start_step=3", 400, Invalid);
        await ada.RefusedGetAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&max_results=2501", 400, Invalid);
        var last = (await ada.RunAsync(run)).GetProperty("run").GetProperty("data").GetProperty("metrics")[0];
        (last.GetProperty("step").GetInt64(), last.GetProperty("value").GetDouble()).ShouldBe((long.MaxValue, 0));

        async Task<IReadOnlyList<(long, double)>> HistoryAsync(string call) => (await ada.GetAsync(call)).TryGetProperty("metrics", out var points)
            ? [.. points.EnumerateArray().Select(p => (p.GetProperty("step").GetInt64(), p.GetProperty("value").GetDouble()))]
            : [];
    }

    [Fact]
    public async Task A_thinned_history_has_its_ends_and_at_most_the_steps_asked_for()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        await ada.PostAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Range(0, 1000).Select(i => new { key = "loss", value = i, timestamp = 10, step = i }) });
        var steps = (await ada.GetAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&max_results=10")).GetProperty("metrics").EnumerateArray()
            .Select(p => p.GetProperty("step").GetInt64()).ToList();
        steps.Count.ShouldBeInRange(10, 12);
        (steps[0], steps[^1]).ShouldBe((0, 999));
    }

    [Fact]
    public async Task Old_clients_log_models_to_a_tag()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        var model = JsonSerializer.Serialize(new { artifact_path = "model", flavors = new { python_function = new { config = "x" } }, utc_time_created = "2026-01-01", run_id = run });
        await ada.PostAsync("runs/log-model", new { run_id = run, model_json = model });
        await ada.PostAsync("runs/log-model", new { run_id = run, model_json = model });
        JsonDocument.Parse(Tags((await ada.RunAsync(run)).GetProperty("run"))["mlflow.log-model.history"]).RootElement.GetArrayLength().ShouldBe(2);
        await ada.RefusedAsync("runs/log-model", new { run_id = run, model_json = "{" }, 400, Invalid);
        await ada.RefusedAsync("runs/log-model", new { run_id = run, model_json = "{}" }, 400, Invalid);
    }

    private static Dictionary<string, string> Tags(JsonElement run) => run.GetProperty("data").GetProperty("tags").EnumerateArray()
        .ToDictionary(tag => tag.GetProperty("key").GetString()!, tag => tag.GetProperty("value").GetString()!);
}
