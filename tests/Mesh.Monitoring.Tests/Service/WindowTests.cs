using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Monitoring.Monitors;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class WindowTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ConfigureMonitor Hourly = new(WindowSeconds: 3600);

    [Fact]
    public async Task Shifted_rows_are_detected_and_clean_ones_clear_it()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);

        await SendAsync(project, 0, 0, 1);
        await Closed(project, 1);
        (await fixture.MonitorAsync(project)).Status.ShouldBe(DriftStatus.Stable);

        await SendAsync(project, 0.35, 2, 3, 4);
        await fixture.Host.RelayedAsync("drift.detected", e => e.Project == project);
        var detected = fixture.Host.Events.Single(e => e.Type == "drift.detected" && e.Project == project).DataAs<DriftDetected>();
        detected.Endpoint.ShouldBe("tumours");
        detected.Model.ShouldBe("cancer");
        detected.Features.ShouldNotBeEmpty();
        detected.Features.ShouldAllBe(feature => feature.Drifted);
        detected.WindowFrom.ShouldBe(T0.AddHours(3));
        detected.Rows.ShouldBe(56);
        var monitor = await fixture.MonitorAsync(project);
        monitor.Status.ShouldBe(DriftStatus.Drifted);
        monitor.ModelVersion.ShouldBe(1);
        monitor.LastWindow!.Features.Count.ShouldBe(30);

        await SendAsync(project, 0, 5, 6, 7);
        await fixture.Host.RelayedAsync("drift.cleared", e => e.Project == project);
        (await fixture.MonitorAsync(project)).Status.ShouldBe(DriftStatus.Stable);
        fixture.Host.Events.Count(e => e.Type == "drift.detected" && e.Project == project).ShouldBe(1);
    }

    [Fact]
    public async Task A_window_closes_as_soon_as_the_watermark_has_passed_it()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0, 0);
        await fixture.CaptureAsync(project, [fixture.Data.Captured(T0.AddHours(1).AddMinutes(1), fixture.Data.Inputs(fixture.Data.HeldBack[0]))]);
        await Eventually.Holds(async () => (await fixture.WindowsAsync(project)).Count.ShouldBe(1), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_quiet_window_of_the_past_closes_by_itself()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0, 0);
        (await fixture.WindowsAsync(project)).ShouldBeEmpty();
        await Closed(project, 1);
        (await fixture.WindowsAsync(project)).ShouldHaveSingleItem().Rows.ShouldBe(56);
    }

    [Fact]
    public async Task Rows_that_come_too_late_are_kept_and_counted_but_judged_in_no_window()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0, 0, 1, 2);
        await Closed(project, 2);
        await SendAsync(project, 0.35, 0);
        await SendAsync(project, 0, 3, 4);
        await Closed(project, 4);
        (await fixture.WindowsAsync(project)).Select(window => window.From).ShouldBe([T0.AddHours(3), T0.AddHours(2), T0.AddHours(1), T0]);
        var monitor = await fixture.MonitorAsync(project);
        monitor.Late.ShouldBe(56);
        monitor.Predictions.ShouldBe(6 * 56);
        monitor.Status.ShouldBe(DriftStatus.Stable);
    }

    [Fact]
    public async Task Rows_from_a_far_future_close_nothing()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        var result = await fixture.CaptureAsync(project, [fixture.Data.Captured(DateTimeOffset.MaxValue.AddYears(-1), fixture.Data.Inputs(fixture.Data.HeldBack[0]))]);
        result.Late.ShouldBe(1);
        await SendAsync(project, 0, 0, 1, 2);
        await Closed(project, 2);
        (await fixture.WindowsAsync(project)).ShouldAllBe(window => window.Rows == 56);
    }

    [Fact]
    public async Task Each_row_is_judged_once_while_batches_come_in_parallel_and_out_of_order()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: new ConfigureMonitor(WindowSeconds: 60, MinRows: 1));
        var random = new Random(3);
        var minutes = Enumerable.Range(0, 60).ToArray();
        await Parallel.ForEachAsync(minutes.Chunk(4), new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (chunk, ct) =>
        {
            random.Shuffle(chunk);
            foreach (var minute in chunk) await SendAsync(project, 0, TimeSpan.FromMinutes(1), minute);
        });
        await fixture.CaptureAsync(project, [fixture.Data.Captured(T0.AddHours(3), fixture.Data.Inputs(fixture.Data.HeldBack[0]))]);
        await Eventually.Holds(async () =>
        {
            var windows = await fixture.WindowsAsync(project);
            var monitor = await fixture.MonitorAsync(project);
            windows.Select(window => window.From).ShouldBeUnique();
            (windows.Sum(window => window.Rows) + monitor.Late).ShouldBe(monitor.Predictions);
        });
    }

    [Fact]
    public async Task Another_host_goes_on_where_one_stopped_and_closes_no_window_twice()
    {
        var project = fixture.NewProject();
        string database;
        await using (var first = await fixture.StartHostAsync())
        {
            database = first.Options.Database!;
            fixture.Register(project, 1);
            var deployed = MonitoringFixture.Event(project, new EndpointDeployed("tumours", "cancer", "champion"));
            var served = MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 1), 2);
            await first.Service<Hosting.Bus.IEventBus>().PublishAsync([deployed, served], CancellationToken.None);
            // Half a day in windows of five minutes: it stops somewhere in between.
            for (var hour = 0; hour < 12; hour++) await SendAsync(project, 0, TimeSpan.FromHours(1), hour, first);
        }

        var second = await fixture.StartHostAsync(database);
        var client = second.ClientFor("ada", Role.Viewer, project);
        await Eventually.Holds(async () =>
        {
            var windows = (await client.GetFromJsonAsync<Page<DriftWindow>>($"/api/v1/projects/{project}/monitors/tumours/windows?limit=1000", MeshJson.Strict))!.Items;
            windows.Count.ShouldBe(144);
            windows.Select(window => window.From).ShouldBeUnique();
            windows.Sum(window => window.Rows).ShouldBe(12 * 56);
        }, TimeSpan.FromMinutes(1));
        await second.DisposeAsync();
        await ServiceHost.DropAsync(second.Options.Postgres, database);
    }

    [Fact]
    public async Task A_window_that_was_sealed_before_a_crash_is_judged_after_it()
    {
        var project = fixture.NewProject();
        await SendAsync(project, 0, 0, 1);
        var traffic = new Monitoring.Predictions.Traffic(project, "tumours", "cancer", 1, T0, T0, 0);
        await fixture.Host.Service<Monitoring.Predictions.TrafficLog>().SealAsync(traffic, T0.AddHours(1), CancellationToken.None);
        await SendAsync(project, 0.35, 0);
        fixture.Register(project, 1);
        fixture.Peers.Endpoints[$"{project}/tumours"] = "cancer";
        using var set = await fixture.Client(project).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/tumours", Hourly, MeshJson.Strict);
        set.EnsureSuccessStatusCode();
        await Closed(project, 2);
        (await fixture.WindowsAsync(project)).ShouldAllBe(window => window.Rows == 56 && !window.Drifted);
        (await fixture.MonitorAsync(project)).Late.ShouldBe(56);
    }

    [Fact]
    public async Task Two_evaluators_at_once_count_each_window_once()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0.35, 0, 1, 2, 3, 4);
        var evaluator = fixture.Host.Service<WindowEvaluator>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var connection = await fixture.Host.Service<Hosting.Store.ServiceDatabase<IMonitoringStore>>().DataSource.OpenConnectionAsync();
            await evaluator.RunOnceAsync(connection, CancellationToken.None);
        }));
        await Closed(project, 5);
        (await fixture.WindowsAsync(project)).Select(window => window.From).ShouldBe([T0.AddHours(4), T0.AddHours(3), T0.AddHours(2), T0.AddHours(1), T0]);
        fixture.Host.Events.Count(e => e.Type == "drift.detected" && e.Project == project).ShouldBe(1);
    }

    [Fact]
    public async Task A_new_version_is_judged_by_its_own_training_data_and_clock()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0.35, 0, 1, 2);
        await fixture.Host.RelayedAsync("drift.detected", e => e.Project == project);
        fixture.Register(project, 2);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 2, 1), 3));
        await fixture.Host.RelayedAsync("drift.cleared", e => e.Project == project && e.DataAs<DriftCleared>().ModelVersion == 2);
        (await fixture.MonitorAsync(project)).Status.ShouldBe(DriftStatus.Unknown);

        await SendAsync(project, 0, TimeSpan.FromHours(1), 0, version: 2);
        await SendAsync(project, 0, TimeSpan.FromHours(1), 1, version: 2);
        await Eventually.Holds(async () => (await fixture.MonitorAsync(project)).Status.ShouldBe(DriftStatus.Stable));
        (await fixture.WindowsAsync(project))[0].ModelVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Windows_wait_for_a_registry_that_does_not_answer()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        fixture.Peers.ModelsFailWith = 503;
        await SendAsync(project, 0, 0, 1);
        await Task.Delay(TimeSpan.FromSeconds(1));
        (await fixture.WindowsAsync(project)).ShouldBeEmpty();
        fixture.Peers.ModelsFailWith = 0;
        await Closed(project, 1);
    }

    [Fact]
    public async Task A_version_without_statistics_is_never_judged()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly, version: 9);
        fixture.Peers.Models.TryRemove($"{project}/cancer/9", out _);
        await SendAsync(project, 0.35, TimeSpan.FromHours(1), 0, version: 9);
        await Closed(project, 1);
        var monitor = await fixture.MonitorAsync(project);
        monitor.Status.ShouldBe(DriftStatus.Unknown);
        monitor.LastWindow!.Features.ShouldBeEmpty();
        monitor.LastWindow.Rows.ShouldBe(56);
    }

    [Fact]
    public async Task Rows_that_come_before_the_news_of_their_version_are_judged()
    {
        var project = fixture.NewProject();
        fixture.Register(project, 1);
        await SendAsync(project, 0, 0, 1);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointDeployed("tumours", "cancer", "champion")));
        await Closed(project, 2);
        (await fixture.MonitorAsync(project)).ModelVersion.ShouldBe(1);
    }

    private Task SendAsync(string project, double share, params int[] hours) =>
        Task.WhenAll(hours.Length == 0 ? [] : [SendAllAsync(project, share, hours)]);

    private async Task SendAllAsync(string project, double share, int[] hours)
    {
        foreach (var hour in hours) await SendAsync(project, share, TimeSpan.FromHours(1), hour);
    }

    private async Task SendAsync(string project, double share, TimeSpan window, int number, Mesh.Testing.ServiceHost? host = null, int version = 1)
    {
        var start = T0 + number * window;
        var rows = fixture.Data.HeldBack.Skip(number % 3 * 56).Take(56)
            .Select((row, i) => fixture.Data.Captured(start + i * window / 56, fixture.Data.Miscalibrated(row, share), version));
        await fixture.CaptureAsync(project, [.. rows], host: host);
    }

    private Task Closed(string project, int windows) =>
        Eventually.Holds(async () => (await fixture.WindowsAsync(project)).Count.ShouldBeGreaterThanOrEqualTo(windows), TimeSpan.FromMinutes(1));
}
