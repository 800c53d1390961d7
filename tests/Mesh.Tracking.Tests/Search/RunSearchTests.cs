using Mesh.Contracts;
using Mesh.Tracking.Tests.Mlflow;

namespace Mesh.Tracking.Tests.Search;

/// <summary>What searches find, on real PostgreSQL, through the protocol.</summary>
public sealed class RunSearchTests(TrackingFixture tracking)
{
    [Fact]
    public async Task Filters_find_what_holds()
    {
        var ada = await WineAsync();
        await Finds("metrics.acc > 0.6", "b", "c");
        await Finds("metrics.acc >= 0.5 AND metrics.acc < 0.9", "a", "b");
        await Finds("metrics.acc = 0.5", "a");
        await Finds("metrics.acc != 0.5", "b", "c");
        await Finds("params.lr = '0.1'", "a", "d");
        await Finds("params.lr != '0.1'", "b");
        await Finds("params.lr LIKE '0.%'", "a", "b", "d");
        await Finds("params.note LIKE '100\\%'", "c");
        await Finds("params.note LIKE '%\\'", "c2");
        await Finds("params.note ILIKE '100%'", "c");
        await Finds("params.quote = 'it''s'", "b");
        await Finds("params.lr IS NULL", "c", "c2");
        await Finds("params.lr IS NOT NULL", "a", "b", "d");
        await Finds("tags.team = 'red'", "a");
        await Finds("tags.team LIKE 'r%'", "a");
        await Finds("tags.team LIKE 'R%'");
        await Finds("tags.team ILIKE 'R%'", "a");
        await Finds("tags.mlflow.runName = 'b'", "b");
        await Finds("attributes.run_name = 'c'", "c");
        await Finds("`run name` LIKE 'c%'", "c", "c2");
        await Finds("attributes.status = 'FINISHED'", "d");
        await Finds("status != 'FINISHED' AND run_name IN ('a', 'd')", "a");
        await Finds("start_time = 1700000000001", "b");
        await Finds("start_time != 1700000000001", "a", "c", "c2", "d");
        await Finds("start_time > 1700000000001", "c", "c2", "d");
        await Finds("start_time <= 1700000000001", "a", "b");
        await Finds("start_time < 1700000000000.5", "a");
        await Finds("end_time > 0", "d");
        await Finds("end_time IS NULL", "a", "b", "c", "c2");
        await Finds("datasets.name = 'wine' AND datasets.context = 'training'", "a");
        await Finds("datasets.name IN ('wine')", "a");
        await Finds("datasets.digest NOT IN ('d1')", "b", "c", "c2", "d");
        await Finds("user_id = 'ada'", "a", "b", "c", "c2", "d");
        await Finds("artifact_uri LIKE 'mlflow-artifacts:/0/%'", "a", "b", "c", "c2", "d");
        await Finds("metrics.acc > 0.8 OR params.lr = '0.1'", "a", "c", "d");
        await Finds("NOT (metrics.acc > 0.8 OR params.lr = '0.1')", "b", "c2");
        await Finds("metrics.nan > 0");
        await Finds("metrics.nan != 0");
        await Finds("metrics.nan IS NOT NULL", "d");
        await Finds("metrics.`x'; drop table metric; --` > 1");
        await Finds("params.lr = '''; drop table mt_doc_run; --'");
        var a = (await ada.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, filter = "run_name = 'a'" })).GetProperty("runs")[0].GetProperty("info").GetProperty("run_id").GetString()!;
        await Finds($"run_id = '{a}'", "a");
        await Finds($"run_id = '{a.ToUpperInvariant()}'", "a");
        await Finds($"run_id IN ('{a}', 'nobody')", "a");
        await Finds($"run_id LIKE '{a[..20]}%' AND run_name = 'a'", "a");
        await Finds("run_id = 'nobody'");

        async Task Finds(string filter, params string[] names) => string.Join(' ', (await ada.SearchAsync(filter)).Order(StringComparer.Ordinal)).ShouldBe(string.Join(' ', names), filter);
    }

    [Fact]
    public async Task Orders_hold_with_what_is_missing_last_and_NaN_before_it()
    {
        var ada = await WineAsync();
        await Sorts([], "d", "c2", "c", "b", "a");
        await Sorts(["metrics.acc DESC"], "c", "b", "a", "d", "c2");
        await Sorts(["metrics.acc"], "a", "b", "c", "d", "c2");
        await Sorts(["metrics.nan DESC"], "d", "c2", "c", "b", "a");
        await Sorts(["params.lr", "start_time"], "b", "a", "d", "c", "c2");
        await Sorts(["params.lr DESC", "metrics.acc DESC"], "a", "d", "b", "c", "c2");
        await Sorts(["tags.team"], "a", "d", "c2", "c", "b");
        await Sorts(["attributes.run_name DESC"], "d", "c2", "c", "b", "a");
        await Sorts(["end_time DESC"], "d", "c2", "c", "b", "a");
        await Sorts(["status DESC", "run_name"], "a", "b", "c", "c2", "d");

        foreach (var limit in (int[])[1, 2, 3])
            foreach (var orders in (string[][])[[], ["metrics.acc DESC"], ["metrics.acc ASC", "run_name DESC"], ["params.lr", "metrics.acc DESC"], ["tags.team"], ["start_time ASC"]])
                string.Join(' ', await PagesAsync(ada, orders, limit)).ShouldBe(string.Join(' ', await ada.SearchAsync("", orders)), $"{string.Join(", ", orders)} by {limit}");

        async Task Sorts(string[] orders, params string[] names) =>
            string.Join(' ', await ada.SearchAsync("", orders)).ShouldBe(string.Join(' ', names), string.Join(", ", orders));
    }

    [Fact]
    public async Task Infinities_and_NaN_take_their_place()
    {
        var ada = new MlflowUser(tracking.NewProject());
        foreach (var (name, value) in ((string, object?)[])[("low", "-Infinity"), ("one", 1), ("high", "Infinity"), ("nan", "NaN"), ("none", null)]) await LogAsync(name, value);
        (await ada.SearchAsync("", ["metrics.x DESC"])).ShouldBe(["high", "one", "low", "nan", "none"]);
        (await ada.SearchAsync("", ["metrics.x ASC"])).ShouldBe(["low", "one", "high", "nan", "none"]);
        (await ada.SearchAsync("", ["tags.t", "metrics.x DESC"])).ShouldBe(["high", "one", "low", "nan", "none"]);
        (await ada.SearchAsync("metrics.x > 0", ["metrics.x"])).ShouldBe(["one", "high"]);
        foreach (var limit in (int[])[1, 2, 4]) (await PagesAsync(ada, ["tags.t", "metrics.x DESC"], limit)).ShouldBe(["high", "one", "low", "nan", "none"]);
        foreach (var limit in (int[])[1, 2, 4]) (await PagesAsync(ada, ["metrics.x DESC"], limit)).ShouldBe(["high", "one", "low", "nan", "none"]);

        async Task LogAsync(string name, object? value)
        {
            var run = await ada.CreateRunAsync(name: name);
            if (value is not null) await ada.PostAsync("runs/log-metric", new { run_id = run, key = "x", value, timestamp = 1 });
        }
    }

    [Fact]
    public async Task Pages_do_not_shift_when_runs_come()
    {
        var ada = new MlflowUser(tracking.NewProject());
        for (var i = 0; i < 6; i++) await ada.CreateRunAsync(name: $"r{i}", start: 1_700_000_000_000 + i);
        var first = await ada.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, max_results = 3 });
        MlflowUser.Names(first).ShouldBe(["r5", "r4", "r3"]);
        await ada.CreateRunAsync(name: "newest", start: 1_800_000_000_000);
        var token = first.GetProperty("next_page_token").GetString();
        var second = await ada.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, max_results = 3, page_token = token });
        MlflowUser.Names(second).ShouldBe(["r2", "r1", "r0"]);
        second.TryGetProperty("next_page_token", out _).ShouldBeFalse();
        (await ada.RefusedAsync("runs/search", new { experiment_ids = new[] { "0" }, max_results = 3, page_token = token, filter = "params.x = 'y'" }, 400, "INVALID_PARAMETER_VALUE")).ShouldContain("page token");
        await ada.RefusedAsync("runs/search", new { experiment_ids = new[] { "0" }, page_token = "nonsense" }, 400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Views_and_experiments_are_kept_apart()
    {
        var ada = new MlflowUser(tracking.NewProject());
        var beer = await ada.CreateExperimentAsync("beer");
        await ada.CreateRunAsync(name: "kept");
        var gone = await ada.CreateRunAsync(name: "gone");
        await ada.CreateRunAsync(beer, "other");
        await ada.PostAsync("runs/delete", new { run_id = gone });
        await Finds("ACTIVE_ONLY", ["0"], "kept");
        await Finds("DELETED_ONLY", ["0"], "gone");
        await Finds("ALL", ["0"], "gone", "kept");
        await Finds("ALL", ["0", beer], "gone", "kept", "other");
        await Finds("ALL", []);
        await Finds("ALL", ["77"]);
        var stranger = new MlflowUser(tracking.NewProject());
        MlflowUser.Names(await stranger.PostAsync("runs/search", new { experiment_ids = new[] { "0", beer } })).ShouldBeEmpty();

        async Task Finds(string view, string[] experiments, params string[] names) =>
            MlflowUser.Names(await ada.PostAsync("runs/search", new { experiment_ids = experiments, run_view_type = view })).Order(StringComparer.Ordinal).ShouldBe(names);
    }

    [Fact]
    public async Task A_viewer_searches()
    {
        var ada = await WineAsync();
        (await ada.As("vera", Role.Viewer).SearchAsync("metrics.acc > 0.6")).Count.ShouldBe(2);
        await ada.As("vera", Role.Viewer).RefusedAsync("runs/create", new { experiment_id = "0" }, 403, "PERMISSION_DENIED");
    }

    [Fact]
    public async Task Experiments_are_found()
    {
        var ada = new MlflowUser(tracking.NewProject());
        await ada.PostAsync("experiments/create", new { name = "wine", tags = new[] { new { key = "team", value = "red" } } });
        var beer = await ada.CreateExperimentAsync("beer");
        var gone = await ada.CreateExperimentAsync("gone");
        await ada.PostAsync("experiments/delete", new { experiment_id = gone });
        await Finds(new { max_results = 10 }, "beer", "wine", "Default");
        await Finds(new { max_results = 10, order_by = new[] { "name" } }, "Default", "beer", "wine");
        await Finds(new { max_results = 10, filter = "name LIKE '%e%'", order_by = new[] { "name DESC" } }, "wine", "beer", "Default");
        await Finds(new { max_results = 10, filter = "tags.team = 'red'" }, "wine");
        await Finds(new { max_results = 10, filter = $"experiment_id >= {beer}" }, "beer");
        await Finds(new { max_results = 10, view_type = "DELETED_ONLY" }, "gone");
        await Finds(new { max_results = 10, view_type = "ALL", filter = "creation_time > 0", order_by = new[] { "experiment_id DESC" } }, "gone", "beer", "wine", "Default");
        var first = await ada.PostAsync("experiments/search", new { max_results = 2, order_by = new[] { "name" } });
        var second = await ada.PostAsync("experiments/search", new { max_results = 2, order_by = new[] { "name" }, page_token = first.GetProperty("next_page_token").GetString() });
        Names(first).Concat(Names(second)).ShouldBe(["Default", "beer", "wine"]);
        (await ada.RefusedAsync("experiments/search", new { filter = "name = 'x'" }, 400, "INVALID_PARAMETER_VALUE")).ShouldStartWith("Missing value for required parameter 'max_results'");
        Names(await ada.GetAsync("experiments/search?max_results=5&order_by=name&filter=name%20%3D%20'wine'")).ShouldBe(["wine"]);

        async Task Finds(object query, params string[] names) => Names(await ada.PostAsync("experiments/search", query)).ShouldBe(names);

        static IEnumerable<string> Names(System.Text.Json.JsonElement page) =>
            page.TryGetProperty("experiments", out var found) ? found.EnumerateArray().Select(e => e.GetProperty("name").GetString()!) : [];
    }

    private async Task<MlflowUser> WineAsync()
    {
        var ada = new MlflowUser(tracking.NewProject());
        await AddAsync("a", 0, 0.5, [("lr", "0.1")]);
        await AddAsync("b", 1, 0.7, [("lr", "0.01"), ("quote", "it's")]);
        await AddAsync("c", 2, 0.9, [("note", "100%")]);
        await AddAsync("c2", 3, null, [("note", "a\\")]);
        var d = await AddAsync("d", 4, null, [("lr", "0.1")]);
        await ada.PostAsync("runs/log-metric", new { run_id = d, key = "acc", value = "NaN", timestamp = 1 });
        await ada.PostAsync("runs/log-metric", new { run_id = d, key = "nan", value = "NaN", timestamp = 1 });
        await ada.PostAsync("runs/update", new { run_id = d, status = "FINISHED", end_time = 1_700_000_009_000 });
        return ada;

        async Task<string> AddAsync(string name, int place, double? acc, (string Key, string Value)[] values)
        {
            var run = await ada.CreateRunAsync(name: name, start: 1_700_000_000_000 + place);
            foreach (var (key, value) in values) await ada.PostAsync("runs/log-parameter", new { run_id = run, key, value });
            if (acc is not null) await ada.PostAsync("runs/log-metric", new { run_id = run, key = "acc", value = acc, timestamp = 1 });
            if (name == "a")
            {
                await ada.PostAsync("runs/set-tag", new { run_id = run, key = "team", value = "red" });
                await ada.PostAsync("runs/log-inputs", new
                {
                    run_id = run,
                    datasets = new[] { new { tags = new[] { new { key = "mlflow.data.context", value = "training" } }, dataset = new { name = "wine", digest = "d1", source_type = "local", source = "wine.csv" } } },
                });
            }

            return run;
        }
    }

    private static async Task<IReadOnlyList<string>> PagesAsync(MlflowUser user, string[] orders, int limit)
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await user.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, order_by = orders, max_results = limit, page_token = token });
            MlflowUser.Names(page).Count.ShouldBeLessThanOrEqualTo(limit);
            names.AddRange(MlflowUser.Names(page));
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        return names;
    }
}
