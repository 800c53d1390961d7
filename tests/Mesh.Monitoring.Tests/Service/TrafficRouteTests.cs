using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Predictions;
using Mesh.Monitoring.Requests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class TrafficRouteTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Reports_of_replicas_add_up_stretch_by_stretch()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await ReportAsync(project, T0.AddMinutes(1), Slice([(1.0, 90), (20.0, 10)], rows: 200));
        await ReportAsync(project, T0.AddMinutes(1).AddSeconds(10), Slice([(1.0, 100)], rows: 100, refused: 3, failed: 2));
        await ReportAsync(project, T0.AddMinutes(59).AddSeconds(59), Slice([(400.0, 1)], rows: 1));
        await ReportAsync(project, T0.AddHours(1), Slice([(5.0, 1000)], rows: 1000));
        await ReportAsync(project, T0.AddMinutes(1), Slice([(5.0, 1000)], rows: 1000) with { Endpoint = "another" });

        var hour = await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z&points=60");
        (hour.From, hour.To, hour.Seconds, hour.Points.Count).ShouldBe((T0, T0.AddHours(1), 60, 60));
        (hour.Total.Requests, hour.Total.Rows, hour.Total.Refused, hour.Total.Failed).ShouldBe((206, 301, 3, 2));
        hour.Points.Select(point => point.At).ShouldBe(Enumerable.Range(0, 60).Select(minute => T0.AddMinutes(minute)));
        hour.Points[0].ShouldBe(new TrafficPoint(T0, 0, 0, 0, 0, null, null, null));
        hour.Points[1].Requests.ShouldBe(205);
        hour.Points[1].P50!.Value.ShouldBe(1, 0.15);
        hour.Points[1].P99!.Value.ShouldBe(20, 2.5);
        hour.Points[59].P50!.Value.ShouldBe(400, 50);
    }

    [Fact]
    public async Task A_report_that_comes_twice_counts_once()
    {
        var (project, source) = (fixture.NewProject(), Guid.CreateVersion7());
        await fixture.DeployAsync(project);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReportAsync(project, T0, Slice([(1.0, 5)], rows: 5), source)));
        await ReportAsync(project, T0, Slice([(1.0, 2)], rows: 2));
        (await ReadAsync(project, "from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z")).Total.Requests.ShouldBe(7);
    }

    [Fact]
    public async Task The_last_hour_is_told_unless_another_span_is_asked_for()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await ReportAsync(project, DateTimeOffset.UtcNow.AddSeconds(-30), Slice([(1.0, 5)], rows: 5));
        await ReportAsync(project, DateTimeOffset.UtcNow.AddHours(-2), Slice([(1.0, 5)], rows: 5));
        var traffic = await ReadAsync(project, "");
        (traffic.Seconds, traffic.Total.Requests).ShouldBe((40, 5));
        traffic.Points.Count.ShouldBeInRange(80, 120);
        (await ReadAsync(project, $"from={DateTimeOffset.UtcNow.AddDays(-7):yyyy-MM-ddTHH:mm:ssZ}&points=500")).Total.Requests.ShouldBe(10);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=now", "to")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from")]
    [InlineData("from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from")]
    [InlineData("from=2025-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from")]
    [InlineData("to=0001-01-01T00:00:00Z", "to")]
    [InlineData("to=9999-12-31T23:59:59Z", "to")]
    [InlineData("points=501", "points")]
    [InlineData("points=1", "points")]
    public async Task A_span_out_of_form_is_refused(string query, string field)
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        using var answer = await fixture.Client(project, Role.Viewer).GetAsync($"/api/v1/projects/{project}/monitors/tumours/traffic?{query}");
        var problem = await answer.ShouldBeProblem(HttpStatusCode.BadRequest, "query.invalid");
        problem.Errors!.Single().Field.ShouldBe(field);
    }

    [Fact]
    public async Task Reports_out_of_form_are_refused_and_an_unknown_endpoint_has_no_traffic()
    {
        var project = fixture.NewProject();
        using var missing = await fixture.Client(project).GetAsync($"/api/v1/projects/{project}/monitors/none/traffic");
        await missing.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        foreach (var slice in (TrafficSlice[])[Slice([], 0) with { Endpoint = "Not a name" }, Slice([], 0) with { Bins = [1] }])
        {
            using var refused = await PostAsync(project, new TrafficReport(Guid.NewGuid(), T0, [slice]));
            await refused.ShouldBeProblem(HttpStatusCode.BadRequest, "body.invalid");
        }
    }

    [Fact]
    public async Task It_goes_with_its_project_and_with_its_age()
    {
        var (gone, old) = (fixture.NewProject(), fixture.NewProject());
        foreach (var project in (string[])[gone, old]) await fixture.DeployAsync(project);
        await ReportAsync(gone, DateTimeOffset.UtcNow, Slice([(1.0, 5)], rows: 5));
        await ReportAsync(old, DateTimeOffset.UtcNow.AddDays(-80), Slice([(1.0, 2)], rows: 2));
        await ReportAsync(old, DateTimeOffset.UtcNow.AddDays(-20), Slice([(1.0, 3)], rows: 3));
        await fixture.PublishAsync(MonitoringFixture.Event(gone, new ProjectDeleted(gone)));
        await ReportAsync(gone, DateTimeOffset.UtcNow, Slice([(1.0, 5)], rows: 5));
        var retention = new PredictionRetention(
            fixture.Host.Service<PredictionPartitions>(), fixture.Host.Service<TrafficStore>(), Options.Create(new MonitoringOptions { RetentionDays = 30 }),
            TimeProvider.System, NullLogger<PredictionRetention>.Instance);
        await retention.RunOnceAsync(CancellationToken.None);
        (await SlicesAsync(gone), await SlicesAsync(old)).ShouldBe((0, 1));
    }

    private static TrafficSlice Slice((double Milliseconds, long Answers)[] latencies, long rows, long refused = 0, long failed = 0) => new(
        "tumours", rows, refused, failed, [.. latencies.Select(latency => LatencyBins.Of(latency.Milliseconds))], [.. latencies.Select(latency => latency.Answers)]);

    private async Task ReportAsync(string project, DateTimeOffset at, TrafficSlice slice, Guid? source = null)
    {
        using var answer = await PostAsync(project, new TrafficReport(source ?? Guid.CreateVersion7(), at, [slice]));
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private Task<HttpResponseMessage> PostAsync(string project, TrafficReport report) =>
        fixture.Host.ClientForService("serving").PostAsJsonAsync($"/internal/projects/{project}/traffic", report, MeshJson.Strict);

    private async Task<EndpointTraffic> ReadAsync(string project, string query) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<EndpointTraffic>($"/api/v1/projects/{project}/monitors/tumours/traffic?{query}", MeshJson.Strict))!;

    private async Task<long> SlicesAsync(string project)
    {
        await using var command = fixture.Host.Service<ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand("select count(*) from traffic_slices where project = $1");
        command.Parameters.Add(new() { Value = project });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
