using System.Net;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Tests.Mlflow;

namespace Mesh.Tracking.Tests.Compare;

/// <summary>Questions about several runs over HTTP, on real PostgreSQL.</summary>
public sealed class CompareApiTests(TrackingFixture tracking)
{
    [Fact]
    public async Task Runs_are_compared_in_their_order_and_a_viewer_may_ask()
    {
        var ada = tracking.NewProject();
        var a = await AddAsync(ada, "a", [("lr", "0.1"), ("opt", "adam")], [("auc", 0.9)], "seeds", commit: "c0ffee");
        var b = await AddAsync(ada, "b", [("lr", "0.2"), ("opt", "adam")], [("auc", double.NaN), ("loss", 2)], "seeds");
        await new MlflowUser(ada).PostAsync("runs/log-inputs", new
        {
            run_id = b.ToString("N"),
            datasets = new[] { new { tags = Array.Empty<object>(), dataset = new { name = "wine", digest = "d1", source_type = "local", source = "wine.csv" } } },
        });
        var vera = ada.As("vera", Role.Viewer);
        var found = await AskAsync<RunComparison>(vera, "compare", new CompareRuns([b, a]));
        found.Runs.Select(run => (run.Id, run.Name, run.Experiment, run.Status)).ShouldBe([(b, "b", "Default", RunStatus.Pending), (a, "a", "Default", RunStatus.Pending)]);
        found.Rows.Select(row => (row.Kind, row.Key, row.Differs)).ShouldBe(
        [
            (ComparedKind.Context, "datasets.wine", true), (ComparedKind.Context, "group", false), (ComparedKind.Context, "source.gitCommit", true),
            (ComparedKind.Param, "lr", true), (ComparedKind.Param, "opt", false), (ComparedKind.Metric, "auc", true), (ComparedKind.Metric, "loss", true),
        ]);
        found.Rows[0].Values.ShouldBe([new ComparedValue("d1"), null]);
        found.Rows[2].Values.ShouldBe([null, new ComparedValue("c0ffee")]);
        found.Rows[5].Values.ShouldBe([new ComparedValue(null, double.NaN, double.NaN, double.NaN), new ComparedValue(null, 0.9, 0.9, 0.9)]);

        var some = await AskAsync<RunComparison>(vera, "compare", new CompareRuns([a, b], ["lr"], []));
        some.Rows.Where(row => row.Kind is not ComparedKind.Context).Select(row => row.Key).ShouldBe(["lr"]);
    }

    [Fact]
    public async Task Unknown_runs_are_named()
    {
        var ada = tracking.NewProject();
        var known = await AddAsync(ada, "known", [], []);
        var deleted = await AddAsync(ada, "deleted", [], []);
        (await ada.Http.DeleteAsync($"{ada.Base}/runs/{deleted}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var elsewhere = await AddAsync(tracking.NewProject(), "elsewhere", [], []);
        var nobody = Guid.CreateVersion7();
        var problem = await ada.PostAsync("/runs/compare", new CompareRuns([known, deleted, elsewhere, nobody])).ShouldBeProblemAsync(404, "run.unknown");
        problem.Detail!.ShouldContain($"{deleted}, {elsewhere}, {nobody}");
        problem.Detail!.ShouldNotContain(known.ToString());
        var many = await ada.PostAsync("/runs/compare", new CompareRuns([.. Enumerable.Range(0, 30).Select(_ => Guid.CreateVersion7())])).ShouldBeProblemAsync(404, "run.unknown");
        many.Detail!.ShouldContain("and 10 more");
    }

    [Fact]
    public async Task What_is_out_of_form_is_refused()
    {
        var ada = tracking.NewProject();
        var id = Guid.CreateVersion7();
        await RefusedAsync("compare", new CompareRuns([id]), "body.invalid");
        await RefusedAsync("compare", new CompareRuns([id, id]), "body.invalid");
        await RefusedAsync("compare", new CompareRuns([.. Enumerable.Range(0, 501).Select(_ => Guid.CreateVersion7())]), "body.invalid");
        await RefusedAsync("table", new TabulateRuns(new RunSelection(), []), "body.invalid");
        await RefusedAsync("table", new TabulateRuns(new RunSelection(), ["params.x", "params.x"]), "body.invalid");
        await RefusedAsync("table", new TabulateRuns(new RunSelection([.. Enumerable.Range(0, 1001).Select(_ => Guid.CreateVersion7())]), ["params.x"]), "body.invalid");
        await RefusedAsync("group", new GroupRuns(new RunSelection(), ["group"], []), "body.invalid");
        await RefusedAsync("correlate", new CorrelateRuns(new RunSelection(), ""), "body.invalid");
        (await RefusedAsync("table", new TabulateRuns(new RunSelection(), ["params.x", "nonsense"]), "filter.invalid")).Errors!.Single().Field.ShouldBe("columns[1]");
        await RefusedAsync("table", new TabulateRuns(new RunSelection(), ["datasets.name"]), "filter.invalid");
        await RefusedAsync("table", new TabulateRuns(new RunSelection(), ["params.x DESC"]), "filter.invalid");
        (await RefusedAsync("table", new TabulateRuns(new RunSelection(Filter: "params.x ="), ["params.x"]), "filter.invalid")).Errors!.Single().Field.ShouldBe("select.filter");
        (await RefusedAsync("group", new GroupRuns(new RunSelection(OrderBy: ["name!"]), ["group"], ["x"]), "filter.invalid")).Errors!.Single().Field.ShouldBe("select.orderBy[0]");
        (await RefusedAsync("group", new GroupRuns(new RunSelection(), ["metrics.x"], ["x"]), "filter.invalid")).Errors!.Single().Field.ShouldBe("by[0]");
        await RefusedAsync("group", new GroupRuns(new RunSelection(), ["duration"], ["x"]), "filter.invalid");

        Task<Problem> RefusedAsync<T>(string question, T body, string code) => ada.PostAsync($"/runs/{question}", body).ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_table_has_typed_columns_of_the_runs_that_are_chosen()
    {
        var ada = tracking.NewProject();
        var a = await AddAsync(ada, "a", [("lr", "0.1"), ("opt", "adam")], [("auc", 0.5)], "g");
        var b = await AddAsync(ada, "b", [("lr", "0.01")], [("auc", double.NaN)]);
        var c = await AddAsync(ada, "c", [("lr", "1"), ("opt", "sgd")], [("auc", 0.9), ("val/loss", 3)], experiment: "beer");
        var table = await AskAsync<RunTable>(ada, "table", new TabulateRuns(
            new RunSelection(OrderBy: ["metrics.auc DESC"]), ["params.lr", "params.opt", "metrics.auc", "metrics.val/loss", "experiment", "group", "duration", "start_time", "status", "tags.none"]));
        table.Runs.ShouldBe([new(c, "c"), new(a, "a"), new(b, "b")]);
        table.Truncated.ShouldBeFalse();
        var columns = table.Columns;
        (columns[0].Kind, columns[0].Min, columns[0].Max).ShouldBe((ValueKind.Number, 0.01, 1));
        columns[0].Numbers.ShouldBe([1, 0.1, 0.01]);
        columns[1].Categories.ShouldBe(["adam", "sgd"]);
        columns[1].Indexes.ShouldBe([1, 0, null]);
        (columns[2].Min, columns[2].Max).ShouldBe((0.5, 0.9));
        columns[2].Numbers.ShouldBe([0.9, 0.5, double.NaN]);
        columns[3].Numbers.ShouldBe([3, null, null]);
        columns[4].Categories.ShouldBe(["Default", "beer"]);
        columns[5].Indexes.ShouldBe([null, 0, null]);
        (columns[6].Kind, columns[6].Min).ShouldBe((ValueKind.Number, null));
        columns[7].Numbers!.ShouldAllBe(time => time > 1_600_000_000_000);
        columns[8].Categories.ShouldBe(["SCHEDULED"]);
        columns[9].Categories.ShouldBeEmpty();

        await ChoosesAsync(new RunSelection(Filter: "params.opt = 'sgd' OR metrics.auc = 0.5", OrderBy: ["run_name"]), "a", "c");
        await ChoosesAsync(new RunSelection([b, a, Guid.CreateVersion7()], OrderBy: ["run_name"]), "a", "b");
        await ChoosesAsync(new RunSelection([b, a], Filter: "params.opt IS NULL"), "b");
        await ChoosesAsync(new RunSelection(Experiments: ["beer", "none"]), "c");
        await ChoosesAsync(new RunSelection([]));
        await ChoosesAsync(new RunSelection(Filter: "params.`'; drop table metric; --` = 'x'"));

        async Task ChoosesAsync(RunSelection selection, params string[] names) =>
            (await AskAsync<RunTable>(ada, "table", new TabulateRuns(selection, ["params.lr"]))).Runs.Select(run => run.Name).ShouldBe(names);
    }

    [Fact]
    public async Task Fifty_columns_are_read_and_a_long_param_is_whole()
    {
        var ada = tracking.NewProject();
        var words = new string('x', 3000);
        await AddAsync(ada, "a", [("long", words), ("lr", "1")], [.. Enumerable.Range(0, 49).Select(i => ($"m{i}", (double)i))]);
        var table = await AskAsync<RunTable>(ada, "table", new TabulateRuns(new RunSelection(), ["params.long", .. Enumerable.Range(0, 49).Select(i => $"metrics.m{i}")]));
        table.Columns[0].Categories.ShouldBe([words]);
        table.Columns.Skip(1).Select(column => column.Numbers!.Single()).ShouldBe(Enumerable.Range(0, 49).Select(i => (double?)i));
    }

    [Fact]
    public async Task More_runs_than_a_table_has_are_said_to_be_there()
    {
        var ada = tracking.NewProject();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1001), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await ada.CreateAsync(new CreateRun($"r{i}")));
        var table = await AskAsync<RunTable>(ada, "table", new TabulateRuns(new RunSelection(), ["params.x"]));
        (table.Runs.Count, table.Truncated).ShouldBe((1000, true));
        var groups = await AskAsync<RunGroups>(ada, "group", new GroupRuns(new RunSelection(), ["params.x"], ["auc"]));
        (groups.Groups.Single().Runs, groups.Truncated).ShouldBe((1001, false));
        await ada.PostAsync("/runs/group", new GroupRuns(new RunSelection(), ["run_name"], ["auc"])).ShouldBeProblemAsync(422, "groups.too-many");
    }

    [Fact]
    public async Task Groups_summarize_their_seeds_and_leave_NaN_out()
    {
        var ada = tracking.NewProject();
        foreach (var (seed, auc) in ((string, double)[])[("1", 2), ("2", 4), ("3", 9), ("4", double.NaN)]) await AddAsync(ada, $"a{seed}", [("opt", "adam"), ("seed", seed)], [("auc", auc)]);
        await AddAsync(ada, "s1", [("opt", "sgd")], [("auc", 7)]);
        await AddAsync(ada, "n1", [], []);
        var found = await AskAsync<RunGroups>(ada.As("vera", Role.Viewer), "group", new GroupRuns(new RunSelection(OrderBy: ["run_name"]), ["params.opt", "group"], ["auc", "none"]));
        found.Truncated.ShouldBeFalse();
        found.Groups.Select(group => (group.Values[0], group.Values[1], group.Runs)).ShouldBe([("adam", null, 4), (null, null, 1), ("sgd", null, 1)]);
        var adam = found.Groups[0].Metrics[0];
        // Mean 5; squares 9 + 1 + 16 = 26, over n - 1 = 2.
        (adam.Name, adam.Count, adam.NaN, adam.Mean, adam.Min, adam.Max).ShouldBe(("auc", 3, 1, 5, 2, 9));
        adam.StdDev!.Value.ShouldBe(Math.Sqrt(13), 1e-12);
        found.Groups[0].Metrics[1].ShouldBe(new GroupedMetric("none", 0, 0, null, null, null, null));
        found.Groups[2].Metrics[0].ShouldBe(new GroupedMetric("auc", 1, 0, 7, 7, 7, null));
    }

    [Fact]
    public async Task Runs_are_grouped_by_the_run_above_them()
    {
        var ada = tracking.NewProject();
        var parent = await AddAsync(ada, "a", [], []);
        foreach (var name in (string[])["b", "c"]) await ada.CreateAsync(new CreateRun(name, Parent: parent));
        var found = await AskAsync<RunGroups>(ada, "group", new GroupRuns(new RunSelection(OrderBy: ["run_name"]), ["parent"], ["auc"]));
        found.Groups.Select(group => (group.Values[0], group.Runs)).ShouldBe([(null, 1), (parent.ToString(), 2)]);
    }

    [Fact]
    public async Task Values_too_large_for_a_mean_are_refused_not_a_fault()
    {
        var ada = tracking.NewProject();
        for (var i = 0; i < 3; i++) await AddAsync(ada, $"r{i}", [], [("huge", double.MaxValue)]);
        await ada.PostAsync("/runs/group", new GroupRuns(new RunSelection(), ["experiment"], ["huge"])).ShouldBeProblemAsync(422, "metric.out-of-range");
    }

    [Fact]
    public async Task Params_are_correlated_with_a_metric_the_strongest_first()
    {
        var ada = tracking.NewProject();
        (string Name, string Lr, string Opt, double Auc)[] rows = [("a", "1", "adam", 1), ("b", "2", "adam", 3), ("c", "3", "sgd", 2), ("d", "4", "sgd", 4)];
        foreach (var (name, lr, opt, auc) in rows) await AddAsync(ada, name, [("lr", lr), ("opt", opt), ("same", "1")], [("auc", auc)]);
        await AddAsync(ada, "nan", [("lr", "9")], [("auc", double.NaN)]);
        await AddAsync(ada, "none", [("lr", "9")], []);
        var found = await AskAsync<RunCorrelations>(ada, "correlate", new CorrelateRuns(new RunSelection(), "auc"));
        (found.Metric, found.Runs, found.Truncated).ShouldBe(("auc", 4, false));
        found.Params.Select(param => (param.Param, param.Kind, param.Runs, param.Distinct)).ShouldBe(
            [("lr", ValueKind.Number, 4, 4), ("opt", ValueKind.Category, 4, 2), ("same", ValueKind.Number, 4, 1)]);
        found.Params[0].Pearson!.Value.ShouldBe(0.8, 1e-12);
        found.Params[0].Spearman!.Value.ShouldBe(0.8, 1e-12);
        // Groups 2 and 3 around 2.5: 4 · 0.25 = 1 of 5.
        found.Params[1].EtaSquared!.Value.ShouldBe(0.2, 1e-12);
        found.Params[2].Pearson.ShouldBeNull();
        (await AskAsync<RunCorrelations>(ada, "correlate", new CorrelateRuns(new RunSelection(Filter: "params.opt = 'sgd'"), "auc", ["lr"]))).Params.Select(p => (p.Param, p.Runs)).ShouldBe([("lr", 2)]);
        (await AskAsync<RunCorrelations>(ada, "correlate", new CorrelateRuns(new RunSelection(), "no such"))).Runs.ShouldBe(0);
    }

    [Fact]
    public async Task Answers_that_would_be_too_large_are_refused()
    {
        var ada = tracking.NewProject();
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"p{i}")];
        var text = new string('x', 6000);
        var runs = new List<Guid>();
        for (var i = 0; i < 57; i++) runs.Add(await AddAsync(ada, $"r{i}", [.. keys.Select(key => (key, text))], [("auc", i)]));
        await ada.PostAsync("/runs/compare", new CompareRuns(runs)).ShouldBeProblemAsync(422, "comparison.too-large");
        await ada.PostAsync("/runs/table", new TabulateRuns(new RunSelection(), [.. keys.Select(key => $"params.{key}")])).ShouldBeProblemAsync(422, "table.too-large");
        await ada.PostAsync("/runs/correlate", new CorrelateRuns(new RunSelection(), "auc")).ShouldBeProblemAsync(422, "correlation.too-large");
        (await AskAsync<RunComparison>(ada, "compare", new CompareRuns(runs, ["p1"]))).Rows.Select(row => (row.Key, row.Differs)).ShouldBe([("p1", false), ("auc", true)]);
        (await AskAsync<RunCorrelations>(ada, "correlate", new CorrelateRuns(new RunSelection(), "auc", ["p1"]))).Params.Single().EtaSquared!.Value.ShouldBe(0, 1e-12);
    }

    [Fact]
    public async Task Sparklines_are_the_last_points_in_their_order()
    {
        var ada = tracking.NewProject();
        var run = (await ada.CreateAsync()).Id;
        await ada.LogAsync(run, [.. Enumerable.Range(0, 50).Select(i => new MetricPoint("loss", i, i)), new MetricPoint("acc", double.NaN)]);
        var lines = (await ada.GetAsync<RunSparklines>($"/runs/{run}/sparklines")).Metrics;
        lines.Select(line => line.Metric).ShouldBe(["acc", "loss"]);
        lines[0].Values.ShouldBe([double.NaN]);
        lines[1].Values.ShouldBe(Enumerable.Range(10, 40).Select(i => (double)i));
        (await ada.GetAsync<RunSparklines>($"/runs/{run}/sparklines?points=2")).Metrics[1].Values.ShouldBe([48, 49]);
        await ada.Http.GetAsync($"{ada.Base}/runs/{run}/sparklines?points=101").ShouldBeProblemAsync(400, "points.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs/{Guid.CreateVersion7()}/sparklines").ShouldBeProblemAsync(404, "run.unknown");
    }

    private static async Task<T> AskAsync<T>(ProjectUser user, string question, object body) =>
        await ProjectUser.ReadAsync<T>(await user.PostAsync($"/runs/{question}", body));

    private static async Task<Guid> AddAsync(
        ProjectUser user, string name, (string Key, string Value)[] values, (string Name, double Value)[] metrics, string? group = null, string? commit = null, string? experiment = null)
    {
        var run = await user.CreateAsync(new CreateRun(
            name, experiment, Params: values.ToDictionary(v => v.Key, v => v.Value), Group: group, Source: commit is null ? null : new RunSource(GitCommit: commit)));
        if (metrics.Length > 0) await user.LogAsync(run.Id, [.. metrics.Select(metric => new MetricPoint(metric.Name, metric.Value))]);
        return run.Id;
    }
}
