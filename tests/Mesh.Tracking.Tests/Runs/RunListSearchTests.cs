using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Tests.Runs;

/// <summary>The list of runs by the search grammar, beside its other filters.</summary>
public sealed class RunListSearchTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_filter_and_an_order_choose_among_all_experiments()
    {
        var ada = await WineAsync();
        await FindsAsync("filter=metrics.auc > 0.6&orderBy=metrics.auc DESC", "c", "b");
        await FindsAsync("orderBy=metrics.auc DESC", "c", "b", "a", "d");
        await FindsAsync("orderBy=params.lr&orderBy=run_name DESC", "b", "d", "a", "c");
        await FindsAsync("filter=params.lr = '0.1' AND run_name != 'a'", "d");
        await FindsAsync("filter=params.lr = '0.1'&experiment=beer", "d");
        await FindsAsync("filter=metrics.auc > 0&experiment=none");
        await FindsAsync("filter=metrics.auc > 0&tag=team&orderBy=run_name", "a");
        await FindsAsync("filter=metrics.auc > 0&name=*b*&status=pending", "b");
        await FindsAsync("filter=metrics.auc > 0&status=failed");
        await FindsAsync("filter=", "d", "c", "b", "a");

        async Task FindsAsync(string query, params string[] names) =>
            (await ada.GetAsync<Page<RunInfo>>($"/runs?{Escaped(query)}")).Items.Select(run => run.Name).ShouldBe(names, query);
    }

    [Fact]
    public async Task Runs_that_are_found_have_their_metrics_and_the_name_of_their_experiment()
    {
        var ada = await WineAsync();
        var run = (await ada.GetAsync<Page<RunInfo>>($"/runs?{Escaped("filter=run_name = 'c'")}")).Items.ShouldHaveSingleItem();
        (run.Experiment, run.Metrics["auc"].Last).ShouldBe(("Default", 0.9));
    }

    [Fact]
    public async Task Pages_go_on_and_a_cursor_is_of_its_query_alone()
    {
        var ada = await WineAsync();
        foreach (var limit in (int[])[1, 2, 3])
        {
            var names = new List<string>();
            string? cursor = null;
            do
            {
                var page = await ada.GetAsync<Page<RunInfo>>($"/runs?{Escaped("orderBy=metrics.auc DESC")}&limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
                names.AddRange(page.Items.Select(run => run.Name));
                cursor = page.Next;
            }
            while (cursor is not null);
            names.ShouldBe(["c", "b", "a", "d"]);
        }

        var first = await ada.GetAsync<Page<RunInfo>>($"/runs?{Escaped("orderBy=metrics.auc DESC")}&limit=1");
        await ada.Http.GetAsync($"{ada.Base}/runs?{Escaped("orderBy=metrics.auc")}&limit=1&cursor={first.Next}").ShouldBeProblemAsync(400, "cursor.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs?{Escaped("orderBy=metrics.auc DESC&name=*")}&limit=1&cursor={first.Next}").ShouldBeProblemAsync(400, "cursor.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs?{Escaped("orderBy=metrics.auc DESC")}&cursor=nonsense").ShouldBeProblemAsync(400, "cursor.invalid");
    }

    [Fact]
    public async Task A_page_of_runs_with_many_metrics_ends_early_and_the_next_goes_on_there()
    {
        var ada = tracking.NewProject();
        MetricPoint[] points = [.. Enumerable.Range(0, 2000).Select(i => new MetricPoint($"m{i}", i))];
        for (var i = 0; i < 12; i++) await ada.LogAsync((await ada.CreateAsync(new CreateRun($"r{i:00}"))).Id, points);
        var first = await ada.GetAsync<Page<RunInfo>>("/runs?orderBy=run_name&limit=100");
        first.Items.ShouldAllBe(run => run.Metrics.Count == 2000);
        var second = await ada.GetAsync<Page<RunInfo>>($"/runs?orderBy=run_name&limit=100&cursor={first.Next}");
        first.Items.Concat(second.Items).Select(run => run.Name).ShouldBe(Enumerable.Range(0, 12).Select(i => $"r{i:00}"));
        second.Items.ShouldNotBeEmpty();
        second.Next.ShouldBeNull();
    }

    [Theory]
    [InlineData("filter=metrics.auc >", "filter", "character 14")]
    [InlineData("filter=metrics.auc > 'a'", "filter", "character 15")]
    [InlineData("filter=colour = 'red'", "filter", "character 1")]
    [InlineData("orderBy=run_name&orderBy=metrics.auc DOWN", "orderBy[1]", "character 13")]
    public async Task What_is_out_of_form_is_refused_with_its_place(string query, string field, string place)
    {
        var ada = tracking.NewProject();
        var problem = await ada.Http.GetAsync($"{ada.Base}/runs?{Escaped(query)}").ShouldBeProblemAsync(400, "filter.invalid");
        problem.Errors!.Single().Field.ShouldBe(field);
        problem.Detail!.ShouldContain(place);
    }

    private async Task<ProjectUser> WineAsync()
    {
        var ada = tracking.NewProject();
        foreach (var (name, lr, auc, experiment) in ((string, string?, double?, string?)[])[("a", "0.1", 0.5, null), ("b", "0.01", 0.7, null), ("c", null, 0.9, null), ("d", "0.1", null, "beer")])
        {
            var run = await ada.CreateAsync(new CreateRun(
                name, experiment, Params: lr is null ? null : new() { ["lr"] = lr }, Tags: name == "a" ? new() { ["team"] = "red" } : null));
            if (auc is { } value) await ada.LogAsync(run.Id, new MetricPoint("auc", value));
        }

        return ada;
    }

    private static string Escaped(string query) => string.Join('&', query.Split('&').Select(part =>
    {
        var at = part.IndexOf('=', StringComparison.Ordinal);
        return $"{part[..at]}={Uri.EscapeDataString(part[(at + 1)..])}";
    }));
}
