using System.Text;
using System.Text.Json;

namespace Mesh.Tracking.Tests.Mlflow;

/// <summary>Whatever a client of the protocol gets wrong is answered with the protocol's code and a 4xx, never with 5xx: clients repeat those for minutes.</summary>
public sealed class BadCallTests(TrackingFixture tracking)
{
    private const string Invalid = "INVALID_PARAMETER_VALUE";
    private const string Unknown = "RESOURCE_DOES_NOT_EXIST";

    [Fact]
    public async Task Bodies_that_are_not_in_form()
    {
        var ada = new MlflowUser(tracking.NewProject());
        foreach (var body in (string[])["", "{", "[]", "null", "\"x\"", "{\"name\":}", "{} {}", "\u0000"]) await ada.RefusedTextAsync("experiments/create", body, 400, Invalid);
        (await ada.RefusedAsync("experiments/create", new { }, 400, Invalid)).ShouldStartWith("Missing value for required parameter 'name'");
        (await ada.RefusedAsync("experiments/create", new { name = 7 }, 400, Invalid)).ShouldStartWith("Invalid value 7 for parameter 'name' supplied");
        using var text = await ada.User.Http.PostAsync($"{ada.Base}/experiments/create", new StringContent("{\"name\":\"x\"}", Encoding.UTF8, "text/plain"));
        await MlflowUser.RefusedAsync(text, 400, Invalid);
    }

    [Fact]
    public async Task Places_that_are_not_there()
    {
        var ada = new MlflowUser(tracking.NewProject());
        await MlflowUser.RefusedAsync(await ada.User.Http.GetAsync($"{ada.Base}/nonsense"), 404, "ENDPOINT_NOT_FOUND");
        await MlflowUser.RefusedAsync(await ada.User.Http.DeleteAsync($"{ada.Base}/experiments/create"), 405, "BAD_REQUEST");
        await MlflowUser.RefusedAsync(await ada.User.Http.GetAsync("/mlflow/no-such-project/api/2.0/mlflow/experiments/get?experiment_id=0"), 404, Unknown);
        await MlflowUser.RefusedAsync(await tracking.Host.Anonymous().GetAsync($"{ada.Base}/experiments/get?experiment_id=0"), 401, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Experiments_and_runs_that_are_not_there()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var nobody = Guid.NewGuid().ToString("N");
        await ada.RefusedGetAsync("experiments/get?experiment_id=77", 404, Unknown);
        await ada.RefusedGetAsync("experiments/get?experiment_id=abc", 400, Invalid);
        await ada.RefusedGetAsync("experiments/get-by-name?experiment_name=no", 404, Unknown);
        await ada.RefusedAsync("experiments/delete", new { experiment_id = "77" }, 404, Unknown);
        await ada.RefusedAsync("experiments/restore", new { experiment_id = "77" }, 404, Unknown);
        await ada.RefusedAsync("experiments/update", new { experiment_id = "77", new_name = "x" }, 404, Unknown);
        await ada.RefusedAsync("experiments/set-experiment-tag", new { experiment_id = "77", key = "x", value = "y" }, 404, Unknown);
        await ada.RefusedAsync("runs/create", new { experiment_id = "77" }, 404, Unknown);
        await ada.RefusedGetAsync($"runs/get?run_id={nobody}", 404, Unknown);
        await ada.RefusedGetAsync("runs/get?run_id=no-id", 404, Unknown);
        await ada.RefusedGetAsync("runs/get", 400, Invalid);
        foreach (var call in (string[])["delete", "restore", "update", "log-batch"]) await ada.RefusedAsync($"runs/{call}", new { run_id = nobody }, 404, Unknown);
        await ada.RefusedAsync("runs/log-metric", new { run_id = nobody, key = "x", value = 1, timestamp = 1 }, 404, Unknown);
        await ada.RefusedAsync("runs/log-parameter", new { run_id = nobody, key = "x", value = "1" }, 404, Unknown);
    }

    [Fact]
    public async Task Names_that_are_taken_and_experiments_that_are_gone()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var wine = await ada.CreateExperimentAsync("wine");
        var beer = await ada.CreateExperimentAsync("beer");
        (await ada.RefusedAsync("experiments/create", new { name = "wine" }, 400, "RESOURCE_ALREADY_EXISTS")).ShouldContain("wine");
        await ada.RefusedAsync("experiments/update", new { experiment_id = beer, new_name = "wine" }, 400, "RESOURCE_ALREADY_EXISTS");
        await ada.PostAsync("experiments/delete", new { experiment_id = wine });
        await ada.PostAsync("experiments/delete", new { experiment_id = wine });
        (await ada.RefusedAsync("experiments/create", new { name = "wine" }, 400, "RESOURCE_ALREADY_EXISTS")).ShouldContain("deleted");
        await ada.RefusedAsync("runs/create", new { experiment_id = wine }, 400, Invalid);
        (await ada.GetAsync($"experiments/get?experiment_id={wine}")).GetProperty("experiment").GetProperty("lifecycle_stage").GetString().ShouldBe("deleted");
        await ada.PostAsync("experiments/restore", new { experiment_id = wine });
        await ada.CreateRunAsync(wine);
        await ada.RefusedAsync("experiments/create", new { name = " " }, 400, Invalid);
        await ada.RefusedAsync("experiments/create", new { name = new string('x', 501) }, 400, Invalid);
        await ada.RefusedAsync("experiments/create", new { name = "x", artifact_location = "s3://b/../c" }, 400, Invalid);
    }

    [Fact]
    public async Task Values_out_of_range()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        foreach (var metric in (string[])
            [
                """{"key":"x","timestamp":1}""", """{"key":"x","value":1}""", """{"value":1,"timestamp":1}""", """{"key":"","value":1,"timestamp":1}""",
                """{"key":"x","value":"big","timestamp":1}""", """{"key":"x","value":null,"timestamp":1}""", """{"key":"x","value":1e999,"timestamp":1}""",
                """{"key":"x","value":1,"timestamp":"soon"}""", """{"key":"x","value":1,"timestamp":1.5}""", """{"key":"x","value":1,"timestamp":99999999999999999}""",
                """{"key":"x","value":1,"timestamp":1,"step":9223372036854775808}""", """{"key":"x","value":1,"timestamp":1,"step":"x"}""", """{"key":"../x","value":1,"timestamp":1}""",
                """{"key":"/x","value":1,"timestamp":1}""", """{"key":"x\u0000","value":1,"timestamp":1}""", $$"""{"key":"{{new string('k', 251)}}","value":1,"timestamp":1}""",
            ])
        {
            await ada.RefusedTextAsync("runs/log-metric", $$"""{"run_id":"{{run}}",{{metric[1..]}}""", 400, Invalid);
            (await ada.RefusedTextAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{metric}}]}""", 400, Invalid)).ShouldNotBeEmpty();
        }

        (await ada.RefusedTextAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"x","value":"big","timestamp":1}]}""", 400, Invalid))
            .ShouldStartWith("Invalid value \"big\" for parameter 'metrics[0].value' supplied");
        await ada.RefusedAsync("runs/log-parameter", new { run_id = run, key = "x", value = new string('v', 6001) }, 400, Invalid);
        await ada.RefusedAsync("runs/log-parameter", new { run_id = run, key = "x", value = "\0" }, 400, Invalid);
        await ada.RefusedAsync("runs/set-tag", new { run_id = run, key = "x", value = new string('v', 8001) }, 400, Invalid);
        await ada.RefusedAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Range(0, 1001).Select(i => new { key = "x", value = i, timestamp = i }) }, 400, Invalid);
        await ada.RefusedAsync("runs/log-batch", new { run_id = run, @params = Enumerable.Range(0, 101).Select(i => new { key = $"p{i}", value = "1" }) }, 400, Invalid);
        await ada.RefusedAsync("runs/log-batch", new { run_id = run, tags = Enumerable.Range(0, 101).Select(i => new { key = $"t{i}", value = "1" }) }, 400, Invalid);
        await ada.RefusedAsync(
            "runs/log-batch",
            new { run_id = run, metrics = Enumerable.Range(0, 950).Select(i => new { key = "x", value = i, timestamp = i }), tags = Enumerable.Range(0, 60).Select(i => new { key = $"t{i}", value = "1" }) }, 400, Invalid);
        await ada.RefusedAsync("runs/log-parameter", new { run_id = run, key = new string('k', 10 << 20), value = "1" }, 413, Invalid);
        foreach (var search in (string[])["""{"max_results":0}""", """{"max_results":50001}""", """{"max_results":"many"}""", """{"run_view_type":"SOME"}""", """{"order_by":[1]}""",
            """{"order_by":["x y z"]}""", """{"filter":"colour = 'x'"}""", """{"filter":7}""", """{"experiment_ids":["x"]}""", """{"experiment_ids":7}"""])
            await ada.RefusedTextAsync("runs/search", search, 400, Invalid);
        var after = await ada.User.GetAsync(Guid.Parse(run));
        (after.Params.Count, after.Metrics.Count, after.Tags.Count).ShouldBe((0, 0, 1));
    }

    /// <summary>Calls with fields of every wrong kind: 2xx or 4xx, and the protocol's shape.</summary>
    [Fact]
    public async Task Random_bodies_never_break_the_server()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        string[] calls =
        [
            "experiments/create", "experiments/search", "experiments/delete", "experiments/restore", "experiments/update", "experiments/set-experiment-tag", "experiments/delete-experiment-tag",
            "experiments/search-datasets", "runs/create", "runs/update", "runs/search", "runs/log-metric", "runs/log-parameter", "runs/log-batch", "runs/set-tag", "runs/delete-tag",
            "runs/log-inputs", "runs/outputs", "runs/log-model", "logged-models", "logged-models/search", "logged-models/m-1/params",
        ];
        string[] fields =
        [
            "name", "experiment_id", "experiment_ids", "run_id", "key", "value", "timestamp", "step", "metrics", "params", "tags", "filter", "order_by", "max_results", "page_token",
            "view_type", "run_view_type", "status", "end_time", "start_time", "new_name", "datasets", "models", "model_json", "run_name", "user_id", "artifact_location",
        ];
        string[] values =
        [
            "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775807", "\"\"", "\"x\"", "\"0\"", $"\"{run}\"", "[]", "{}", "[null]", "[\"0\"]", "[{\"key\":\"k\",\"value\":\"v\"}]",
            "[{\"key\":\"k\",\"value\":1,\"timestamp\":1}]", "\"\\u0000\"", "\"\\ud800\"", "\"'; drop table mt_doc_run; --\"", "[[[[[[]]]]]]", "\"metrics.`k` > 1\"", "[\"metrics.k DESC\"]", "[{\"dataset\":{}}]",
            "\"{}\"", "\"😀\"", "\"FINISHED\"", "253402300800000", "-62135596800001",
        ];
        var random = new Random(11);
        for (var i = 0; i < 1500; i++)
        {
            var call = calls[random.Next(calls.Length)];
            var body = $"{{{string.Join(',', Enumerable.Range(0, random.Next(7)).Select(_ => $"\"{fields[random.Next(fields.Length)]}\":{values[random.Next(values.Length)]}"))}}}";
            if (random.Next(8) == 0) body = body[..random.Next(body.Length)];
            if (random.Next(3) > 0) body = body.Replace("{", $"{{\"run_id\":\"{run}\",", StringComparison.Ordinal).Replace(",}", "}", StringComparison.Ordinal);
            using var response = await ada.SendTextAsync(call, body);
            var text = await response.Content.ReadAsStringAsync();
            ((int)response.StatusCode).ShouldBeLessThan(500, $"{call} {body}\n{text}");
            if (!response.IsSuccessStatusCode) JsonDocument.Parse(text).RootElement.GetProperty("error_code").GetString().ShouldNotBeNullOrEmpty($"{call} {body}\n{text}");
        }

        tracking.Host.Logs.ErrorsAbout(ada.User.Project).ShouldBeEmpty();
    }

    [Fact]
    public async Task Logged_models_have_a_life()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var run = await ada.CreateRunAsync();
        var made = await ada.PostAsync("logged-models", new { experiment_id = "0", name = "clf", model_type = "tree", source_run_id = run, tags = new[] { new { key = "team", value = "red" } } });
        var id = made.GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
        made.GetProperty("model").GetProperty("info").GetProperty("status").GetString().ShouldBe("LOGGED_MODEL_PENDING");
        made.GetProperty("model").GetProperty("info").GetProperty("artifact_uri").GetString().ShouldBe($"mlflow-artifacts:/0/models/{id}/artifacts");
        await ada.PostAsync($"logged-models/{id}/params", new { @params = new[] { new { key = "depth", value = "3" } } });
        await ada.RefusedAsync($"logged-models/{id}/params", new { @params = new[] { new { key = "depth", value = "4" } } }, 400, Invalid);
        await ada.PostAsync("runs/log-metric", new { run_id = run, key = "acc", value = 0.9, timestamp = 1 });
        using (var ready = await ada.User.Http.PatchAsync($"{ada.Base}/logged-models/{id}", Json(new { status = "LOGGED_MODEL_READY" }))) ready.EnsureSuccessStatusCode();
        using (var tagged = await ada.User.Http.PatchAsync($"{ada.Base}/logged-models/{id}/tags", Json(new { tags = new[] { new { key = "a/b", value = "1" } } }))) tagged.EnsureSuccessStatusCode();
        var shown = (await ada.GetAsync($"logged-models/{id}")).GetProperty("model");
        shown.GetProperty("info").GetProperty("status").GetString().ShouldBe("LOGGED_MODEL_READY");
        shown.GetProperty("data").GetProperty("params")[0].GetProperty("value").GetString().ShouldBe("3");
        await ada.PostAsync("logged-models", new { experiment_id = "0", name = "other" });
        await Finds(new { experiment_ids = new[] { "0" }, filter = "name = 'clf' AND tags.team = 'red' AND params.depth = '3' AND metrics.acc > 0.5" }, "clf");
        await Finds(new { experiment_ids = new[] { "0" }, order_by = new[] { new { field_name = "metrics.acc", ascending = false } } }, "clf", "other");
        await Finds(new { experiment_ids = new[] { "0" }, filter = $"source_run_id = '{run}' AND status = 'READY'" }, "clf");
        await Finds(new { experiment_ids = new[] { "0" } }, "other", "clf");
        using (var untagged = await ada.User.Http.DeleteAsync($"{ada.Base}/logged-models/{id}/tags/a%2Fb")) untagged.EnsureSuccessStatusCode();
        await MlflowUser.RefusedAsync(await ada.User.Http.DeleteAsync($"{ada.Base}/logged-models/{id}/tags/a%2Fb"), 404, Unknown);
        using (var deleted = await ada.User.Http.DeleteAsync($"{ada.Base}/logged-models/{id}")) deleted.EnsureSuccessStatusCode();
        await ada.RefusedGetAsync($"logged-models/{id}", 404, Unknown);
        await Finds(new { experiment_ids = new[] { "0" } }, "other");
        await ada.RefusedAsync("logged-models", new { experiment_id = "0", name = "a/b" }, 400, Invalid);

        static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

        async Task Finds(object query, params string[] names) => ((await ada.PostAsync("logged-models/search", query)).TryGetProperty("models", out var models)
            ? models.EnumerateArray().Select(m => m.GetProperty("info").GetProperty("name").GetString()!).ToArray()
            : []).ShouldBe(names);
    }
}
