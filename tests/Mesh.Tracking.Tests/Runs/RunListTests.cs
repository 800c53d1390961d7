using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunListTests(TrackingFixture tracking)
{
    [Fact]
    public async Task Runs_come_newest_first_and_page_by_page_while_others_are_written()
    {
        var ada = tracking.NewProject();
        var made = new List<Guid>();
        for (var i = 0; i < 23; i++) made.Add((await ada.CreateAsync(new CreateRun($"run {i}"))).Id);
        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await ada.GetAsync<Page<RunInfo>>($"/runs?limit=5{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.Items.Select(r => r.Id));
            cursor = page.Next;
            await ada.CreateAsync(new CreateRun("meanwhile"));
            await ada.PostAsync($"/runs/{made[3]}/tags", new SetTags(new() { ["n"] = $"{seen.Count}" }));
        }
        while (cursor is not null);
        made.Reverse();
        seen.ShouldBe(made);
    }

    [Fact]
    public async Task A_page_of_large_runs_ends_early_and_the_next_goes_on_there()
    {
        var ada = tracking.NewProject();
        var text = Enumerable.Range(0, 160).ToDictionary(i => $"p{i}", _ => new string('x', 6000));
        var made = new List<Guid>();
        for (var i = 0; i < 20; i++) made.Add((await ada.CreateAsync(new CreateRun($"run {i}", Params: text))).Id);
        made.Reverse();
        (await PagesAsync(ada, 1000, r => r.Params.Count.ShouldBe(160))).ShouldBe([made[..18], made[18..]]);
    }

    [Fact]
    public async Task A_page_of_runs_with_many_metrics_ends_early_and_the_next_goes_on_there()
    {
        var ada = tracking.NewProject();
        var made = new List<Guid>();
        for (var i = 0; i < 12; i++)
        {
            var run = await ada.CreateAsync();
            await ada.LogAsync(run.Id, [.. Enumerable.Range(0, 2_000).Select(n => new MetricPoint($"m{n}", n))]);
            made.Add(run.Id);
        }

        made.Reverse();
        (await PagesAsync(ada, 11, r => r.Metrics.Count.ShouldBe(2_000))).ShouldBe([made[..10], made[10..]]);
    }

    private static async Task<List<List<Guid>>> PagesAsync(ProjectUser user, int limit, Action<RunInfo> holds)
    {
        var pages = new List<List<Guid>>();
        for (string? cursor = null; ;)
        {
            var page = await user.GetAsync<Page<RunInfo>>($"/runs?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            foreach (var run in page.Items) holds(run);
            pages.Add([.. page.Items.Select(r => r.Id)]);
            if (page.Next is null) return pages;
            cursor = page.Next;
        }
    }

    [Fact]
    public async Task Every_filter_narrows_the_list()
    {
        var ada = tracking.NewProject();
        var parent = await ada.CreateAsync(new CreateRun("sweep", "wine", "sweep"));
        var a = await ada.CreateAsync(new CreateRun("fit_1", "wine", "trial", parent.Id, new() { ["lr"] = "0.1", ["depth"] = "3" }, new() { ["team"] = "red" }));
        var b = await ada.CreateAsync(new CreateRun("fitx2", "beer", "trial", parent.Id, new() { ["lr"] = "0.2" }, new() { ["team"] = "blue", ["best"] = "" }));
        await ada.PostAsync($"/runs/{a.Id}/start", new StartRun());
        await ada.PostAsync($"/runs/{b.Id}/start", new StartRun());
        await ada.PostAsync($"/runs/{b.Id}/complete", new CompleteRun());

        await ListsAsync("", b, a, parent);
        await ListsAsync("status=pending", parent);
        await ListsAsync("status=Running&status=completed", b, a);
        await ListsAsync("status=running,completed", b, a);
        await ListsAsync("status=pending,completed&status=completed", b, parent);
        await ListsAsync("experiment=wine", a, parent);
        await ListsAsync("kind=trial", b, a);
        await ListsAsync($"parent={parent.Id}", b, a);
        await ListsAsync("name=sweep", parent);
        await ListsAsync("name=fit*", b, a);
        await ListsAsync("name=*_1", a);
        await ListsAsync("name=fit", []);
        await ListsAsync("param=lr=0.1", a);
        await ListsAsync("param=lr", b, a);
        await ListsAsync("param=lr=0.1&param=depth=3", a);
        await ListsAsync("param=lr=0.1&param=depth=4", []);
        await ListsAsync("tag=team=blue", b);
        await ListsAsync("tag=team", b, a);
        await ListsAsync("tag=team=red&experiment=beer", []);
        await ListsAsync($"createdAfter={Text(a.CreatedAt)}", b, a);
        await ListsAsync($"createdBefore={Text(a.CreatedAt)}", parent);
        await ListsAsync($"createdAfter={Text(a.CreatedAt)}&createdBefore={Text(b.CreatedAt)}", a);

        async Task ListsAsync(string query, params RunInfo[] expected) =>
            (await ada.GetAsync<Page<RunInfo>>($"/runs?{query}")).Items.Select(r => r.Name).ShouldBe(expected.Select(r => r.Name), query);

        static string Text(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O"));
    }

    [Fact]
    public async Task Lists_carry_the_metrics_of_each_run()
    {
        var ada = tracking.NewProject();
        var a = await ada.StartedAsync();
        var b = await ada.StartedAsync();
        var c = await ada.StartedAsync();
        await ada.LogAsync(a.Id, new("loss", 1), new("acc", 2));
        await ada.LogAsync(b.Id, new MetricPoint("loss", 3));
        var runs = (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ToDictionary(r => r.Id);
        runs[a.Id].Metrics.Keys.ShouldBe(["acc", "loss"]);
        runs[b.Id].Metrics["loss"].Last.ShouldBe(3);
        runs[c.Id].Metrics.ShouldBeEmpty();
    }

    [Fact]
    public async Task Experiments_are_counted()
    {
        var ada = tracking.NewProject();
        (await ada.GetAsync<Page<ExperimentInfo>>("/experiments")).Items.Select(e => (e.Id, e.Name, e.Runs, e.LastRunAt)).ShouldBe([(0L, "Default", 0L, null)]);
        await ada.CreateAsync(new CreateRun("a", "wine"));
        var last = await ada.CreateAsync(new CreateRun("b", "wine"));
        await ada.CreateAsync(new CreateRun("c", "beer"));
        await ada.CreateAsync(new CreateRun("d"));
        var first = await ada.GetAsync<Page<ExperimentInfo>>("/experiments?limit=2");
        first.Items.Select(e => (e.Name, e.Runs)).ShouldBe([("Default", 1L), ("beer", 1L)]);
        var second = (await ada.GetAsync<Page<ExperimentInfo>>($"/experiments?cursor={first.Next}")).Items.ShouldHaveSingleItem();
        second.Runs.ShouldBe(2);
        (second.LastRunAt!.Value - last.CreatedAt).Duration().ShouldBeLessThan(TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_deleted_run_is_out_of_sight_but_its_history_stays()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync(new CreateRun("gone", "wine"));
        using (var deleted = await ada.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}", null)) ((int)deleted.StatusCode).ShouldBe(204);
        using (var again = await ada.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}", null)) ((int)again.StatusCode).ShouldBe(204);
        (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldBeEmpty();
        (await ada.GetAsync<Page<ExperimentInfo>>("/experiments")).Items.ShouldAllBe(e => e.Runs == 0);
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}").ShouldBeProblemAsync(404, "run.unknown");
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}/logs").ShouldBeProblemAsync(404, "run.unknown");
        await ada.LogRefusedAsync(run.Id, 404, "run.unknown");
        (await ada.GetAsync<Page<HistoryEntry>>($"/runs/{run.Id}/history")).Items.Select(e => e.Type).ShouldBe(["run.created", "run.deleted"]);
        (await ada.GetAsync<RunInfo>($"/runs/{run.Id}?asOf=1")).Name.ShouldBe("gone");
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}?asOf=2").ShouldBeProblemAsync(404, "run.unknown");
        await Eventually.Holds(() => ada.Published(run.Id).Select(e => e.Type).ShouldBe(["run.created", "run.deleted"]));
    }

    [Fact]
    public async Task A_run_at_work_is_not_deleted()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}", null).ShouldBeProblemAsync(409, "run.active");
    }
}
