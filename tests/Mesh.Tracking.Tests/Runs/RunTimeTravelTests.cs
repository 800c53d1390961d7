using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunTimeTravelTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_run_is_read_as_it_was_at_a_version_and_at_a_time()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new("loss", 3, 0), new("loss", 2, 1));
        await ada.PostAsync($"/runs/{run.Id}/tags", new SetTags(new() { ["phase"] = "warm" }));
        var between = DateTimeOffset.UtcNow;
        await ada.LogAsync(run.Id, new MetricPoint("loss", 1, 2));
        await ada.PostAsync($"/runs/{run.Id}/tags", new SetTags(new() { ["phase"] = "hot" }));
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());

        var created = await AsOfAsync("1");
        created.Status.ShouldBe(RunStatus.Pending);
        created.Version.ShouldBe(1);
        created.Metrics.ShouldBeEmpty();
        var warm = await AsOfAsync(between.ToString("O"));
        warm.Status.ShouldBe(RunStatus.Running);
        warm.Tags["phase"].ShouldBe("warm");
        warm.Version.ShouldBe(3);
        warm.Metrics["loss"].ShouldBe(new MetricSummary(2, 1, 2, 3, 2));
        (await AsOfAsync("3")).Metrics["loss"].ShouldBe(new MetricSummary(1, 2, 1, 3, 3));
        var last = await AsOfAsync("6");
        last.ShouldBeEquivalentTo(await ada.GetAsync(run.Id));
        (await AsOfAsync(DateTimeOffset.UtcNow.ToString("O"))).Version.ShouldBe(6);

        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}?asOf=7").ShouldBeProblemAsync(404, "run.unknown");
        await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}?asOf=2020-01-01T00:00:00Z").ShouldBeProblemAsync(404, "run.unknown");
        foreach (var bad in (string[])["0", "-1", "yesterday", "12:00", ""])
            await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}?asOf={bad}").ShouldBeProblemAsync(400, "as-of.invalid");

        Task<RunInfo> AsOfAsync(string asOf) => ada.GetAsync<RunInfo>($"/runs/{run.Id}?asOf={Uri.EscapeDataString(asOf)}");
    }

    [Fact]
    public async Task A_history_is_paged()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        for (var i = 0; i < 5; i++) await ada.PostAsync($"/runs/{run.Id}/tags", new SetTags(new() { ["n"] = $"{i}" }));
        var first = await ada.GetAsync<Page<HistoryEntry>>($"/runs/{run.Id}/history?limit=4");
        var second = await ada.GetAsync<Page<HistoryEntry>>($"/runs/{run.Id}/history?limit=4&cursor={first.Next}");
        first.Items.Concat(second.Items).Select(e => e.Version).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        second.Next.ShouldBeNull();
        second.Items[0].Data.GetProperty("set").GetProperty("n").GetString().ShouldBe("2");
    }
}
