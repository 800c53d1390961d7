using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;
using Mesh.Monitoring.Drift;
using Mesh.Monitoring.Predictions;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class DistributionRouteTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ConfigureMonitor Hourly = new(WindowSeconds: 3600);

    [Fact]
    public async Task The_last_window_is_counted_as_it_was_judged()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0, 0.35);
        await SendAsync(project, 1, 0);
        await Eventually.Holds(async () => (await fixture.WindowsAsync(project)).ShouldNotBeEmpty(), TimeSpan.FromMinutes(1));
        await Eventually.Holds(async () => (await fixture.WindowsAsync(project)).Count.ShouldBe(2), TimeSpan.FromMinutes(1));

        var window = (await fixture.WindowsAsync(project))[0];
        var told = await ReadAsync(project);
        (told.From, told.To, told.Model, told.ModelVersion, told.Rows, told.Counted).ShouldBe((T0.AddHours(1), T0.AddHours(2), "cancer", 1, 56, 56));
        told.Features.Select(feature => new FeatureDrift(feature.Feature, feature.Psi, feature.JensenShannon, feature.Drifted)).ShouldBe(window.Features);
        foreach (var feature in told.Features)
        {
            var statistics = fixture.Data.Statistics.Columns.Single(column => column.Name == feature.Feature);
            feature.Edges.ShouldBe(statistics.Edges);
            feature.Reference.Bins.ShouldBe(statistics.Counts);
            feature.Current.Bins.Count.ShouldBe(feature.Edges!.Count + 1);
            (feature.Current.Bins.Sum() + feature.Current.Missing).ShouldBe(56);
            (feature.Categories, feature.Reference.Other, feature.Current.Other).ShouldBe((null, null, null));
        }

        var shifted = await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T00:59:59.5Z");
        (shifted.To, shifted.Rows).ShouldBe((T0.AddHours(1), 56));
        shifted.Features.Count(feature => feature.Drifted).ShouldBeGreaterThan(5);
        (await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T02:00:00Z")).Rows.ShouldBe(112);
        var few = await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T00:10:00Z");
        few.Rows.ShouldBeInRange(1, 49);
        few.Features.ShouldAllBe(feature => !feature.Drifted, "a monitor judges no window of so few rows");

        fixture.Register(project, 2);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 2, 1), 3));
        using var now = await GetAsync(project);
        (await now.ShouldBeProblem(HttpStatusCode.Conflict, "monitor.no-window")).Detail.ShouldNotBeNull().ShouldContain("version 2");
        (await ReadAsync(project, "modelVersion=1")).From.ShouldBe(T0.AddHours(1));
    }

    [Fact]
    public async Task Rows_of_a_version_that_is_served_no_more_are_counted_beside_its_own_training()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        await SendAsync(project, 0, 0.35);
        fixture.Register(project, 2);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 2, 1), 3));
        (await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z")).Rows.ShouldBe(0);
        var before = await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z&modelVersion=1");
        (before.ModelVersion, before.Rows).ShouldBe((1, 56));
        using var last = await GetAsync(project, "modelVersion=1");
        await last.ShouldBeProblem(HttpStatusCode.Conflict, "monitor.no-window");
    }

    [Fact]
    public async Task Of_many_rows_a_sample_of_the_segments_is_counted()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        for (var hour = 0; hour < 4; hour++) await SendAsync(project, hour, 0);
        var log = fixture.Host.Service<TrafficLog>();
        var tally = new WindowTally(FeatureReference.Of(fixture.Data.Signature, fixture.Data.Statistics));
        await log.TallyAsync(new Traffic(project, "tumours", "cancer", 1, default, default, 0), new EventWindow(T0, T0.AddHours(4)), tally, CancellationToken.None, oneOf: 4);
        tally.Rows.ShouldBeInRange(25, 100);
    }

    [Fact]
    public async Task What_cannot_be_told_is_refused()
    {
        var project = fixture.NewProject();
        using var unknown = await GetAsync(project);
        await unknown.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        await fixture.DeployAsync(project, settings: Hourly);
        using var early = await GetAsync(project);
        await early.ShouldBeProblem(HttpStatusCode.Conflict, "monitor.no-window");
        foreach (var query in (string[])["from=2026-03-01T00:00:00Z", "to=2026-03-01T00:00:00Z", "from=a&to=b", "from=2026-03-02&to=2026-03-01", "from=2026-03-01&to=2026-03-01", "from=2026-03-01&to=2026-04-02"])
        {
            using var wrong = await GetAsync(project, query);
            await wrong.ShouldBeProblem(HttpStatusCode.BadRequest, "query.invalid");
        }

        var without = fixture.NewProject();
        await fixture.DeployAsync(without, version: 7);
        fixture.Peers.Models[$"{without}/cancer/7"] = fixture.Peers.Models[$"{without}/cancer/7"] with { Statistics = null };
        using var bare = await GetAsync(without, "from=2026-03-01&to=2026-03-02");
        await bare.ShouldBeProblem(HttpStatusCode.Conflict, "monitor.no-reference");
    }

    private async Task SendAsync(string project, int hour, double share)
    {
        var start = T0.AddHours(hour);
        await fixture.CaptureAsync(project, [.. fixture.Data.HeldBack.Skip(hour % 3 * 56).Take(56)
            .Select((row, i) => fixture.Data.Captured(start + i * TimeSpan.FromHours(1) / 56, fixture.Data.Miscalibrated(row, share)))]);
    }

    private Task<HttpResponseMessage> GetAsync(string project, string query = "") =>
        fixture.Client(project, Role.Viewer).GetAsync($"/api/v1/projects/{project}/monitors/tumours/distributions?{query}");

    private async Task<FeatureDistributions> ReadAsync(string project, string query = "")
    {
        using var answer = await GetAsync(project, query);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<FeatureDistributions>(MeshJson.Strict))!;
    }
}
