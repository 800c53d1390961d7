using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Tracking;
using Mesh.Monitoring.Live;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>Who looks at an endpoint or a webhook hears when it changes, at whichever replica it happens.</summary>
[Collection(MonitoringCollection.Name)]
public sealed class ChangeStreamTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Requests_that_were_counted_are_told_once_they_can_be_read()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await using var reader = await OpenAsync(project);
        for (var i = 1; i <= 3; i++)
        {
            await ReportAsync(project, "tumours", T0.AddSeconds(10 * i));
            (await reader.NextAsync()).ShouldBe(ChangeKind.Traffic);
            var traffic = await fixture.Client(project, Role.Viewer).GetFromJsonAsync<EndpointTraffic>(
                $"/api/v1/projects/{project}/monitors/tumours/traffic?from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z", MeshJson.Strict);
            traffic!.Total.Requests.ShouldBe(i);
        }
    }

    [Fact]
    public async Task Windows_and_settings_are_told()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: new(WindowSeconds: 3600));
        await using var reader = await OpenAsync(project);
        await fixture.CaptureAsync(project, [.. fixture.Data.HeldBack.Take(5).Select((row, i) => fixture.Data.Captured(T0.AddMinutes(i), fixture.Data.Inputs(row)))]);
        // That it was configured may be told after the reader came.
        do (await reader.NextAsync()).ShouldBe(ChangeKind.Monitor);
        while ((await fixture.WindowsAsync(project)).Count == 0);

        using var answer = await fixture.Client(project).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/tumours", new ConfigureMonitor(WindowSeconds: 60), MeshJson.Strict);
        answer.EnsureSuccessStatusCode();
        (await reader.NextAsync()).ShouldBe(ChangeKind.Monitor);
    }

    [Fact]
    public async Task Nothing_is_told_of_another_endpoint_or_another_project()
    {
        var (project, other) = (fixture.NewProject(), fixture.NewProject());
        foreach (var each in (string[])[project, other]) await fixture.DeployAsync(each);
        await fixture.DeployAsync(project, "another");
        await using var reader = await OpenAsync(project);
        await using var elsewhere = await OpenAsync(other);
        await ReportAsync(project, "another", T0);
        await ReportAsync(other, "tumours", T0);
        (await elsewhere.NextAsync()).ShouldBe(ChangeKind.Traffic);
        using var answer = await fixture.Client(project).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/tumours", new ConfigureMonitor(WindowSeconds: 60), MeshJson.Strict);
        answer.EnsureSuccessStatusCode();
        (await reader.NextAsync()).ShouldBe(ChangeKind.Monitor);
    }

    [Fact]
    public async Task Deliveries_are_told_until_they_are_made()
    {
        var project = fixture.NewProject();
        await using var receiver = await Receiver.StartAsync();
        var admin = fixture.Client(project, Role.Admin);
        using var defined = await admin.PutAsJsonAsync($"/api/v1/projects/{project}/webhooks/ci", new DefineWebhook(receiver.Url), MeshJson.Strict);
        defined.EnsureSuccessStatusCode();
        await using var reader = await ChangeReader.OpenAsync(fixture.Client(project, Role.Viewer), $"/api/v1/projects/{project}/webhooks/ci/stream", ChangeKind.Deliveries);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new RunStarted(Guid.CreateVersion7(), 1)));
        await UntilAsync(page => page is [{ State: DeliveryState.Delivered }]);
        using var tested = await admin.PostAsync($"/api/v1/projects/{project}/webhooks/ci/test", null);
        await UntilAsync(page => page is [{ Type: "mesh.test", State: DeliveryState.Delivered }, _]);

        async Task UntilAsync(Func<IReadOnlyList<WebhookDelivery>, bool> holds)
        {
            do await reader.HearAsync(ChangeKind.Deliveries);
            while (!holds((await admin.GetFromJsonAsync<Page<WebhookDelivery>>($"/api/v1/projects/{project}/webhooks/ci/deliveries", MeshJson.Strict))!.Items));
        }
    }

    [Fact]
    public async Task Another_replica_tells_and_listening_begins_and_ends_with_those_who_look()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await using var replica = await fixture.StartHostAsync(fixture.Host.Options.Database);
        for (var i = 0; i < 2; i++)
        {
            await using var reader = await ChangeReader.OpenAsync(
                replica.ClientFor("ada", Role.Viewer, project), $"/api/v1/projects/{project}/monitors/tumours/stream", ChangeKind.Traffic, ChangeKind.Monitor);
            await ReportAsync(project, "tumours", T0);
            (await reader.NextAsync()).ShouldBe(ChangeKind.Traffic);
        }
    }

    [Fact]
    public async Task A_connection_that_is_lost_is_made_again_and_everything_told_anew()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await using var replica = await fixture.StartHostAsync(fixture.Host.Options.Database);
        using var follower = replica.Service<ChangeSignal>().Follow(new ChangeTopic(ChangeKind.Traffic, project, "tumours"));
        (await follower.NextAsync(TimeSpan.FromSeconds(30), default)).ShouldBe([ChangeKind.Traffic]);
        await using (var kill = fixture.Host.Service<Hosting.Store.ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen mesh_monitoring_changed'"))
            await kill.ExecuteNonQueryAsync();
        (await follower.NextAsync(TimeSpan.FromSeconds(30), default)).ShouldBe([ChangeKind.Traffic]);
    }

    [Fact]
    public async Task A_stream_ends_after_a_while_and_is_refused_where_there_is_nothing_to_look_at()
    {
        await using var hasty = await fixture.StartHostAsync(fixture.Host.Options.Database, null, ("Mesh:Monitoring:StreamSeconds", "1"));
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        var viewer = hasty.ClientFor("ada", Role.Viewer, project);
        await using (var reader = await ChangeReader.OpenAsync(viewer, $"/api/v1/projects/{project}/monitors/tumours/stream", ChangeKind.Traffic, ChangeKind.Monitor))
            (await reader.NextAsync()).ShouldBeNull();
        using var noMonitor = await viewer.GetAsync($"/api/v1/projects/{project}/monitors/none/stream");
        await noMonitor.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        using var noWebhook = await viewer.GetAsync($"/api/v1/projects/{project}/webhooks/none/stream");
        await noWebhook.ShouldBeProblem(HttpStatusCode.NotFound, "webhook.unknown");
    }

    private Task<ChangeReader> OpenAsync(string project) => ChangeReader.OpenAsync(
        fixture.Client(project, Role.Viewer), $"/api/v1/projects/{project}/monitors/tumours/stream", ChangeKind.Traffic, ChangeKind.Monitor);

    private async Task ReportAsync(string project, string endpoint, DateTimeOffset at)
    {
        using var answer = await fixture.Host.ClientForService("serving").PostAsJsonAsync(
            $"/internal/projects/{project}/traffic", new TrafficReport(Guid.CreateVersion7(), at, [new TrafficSlice(endpoint, 1, 0, 0, [LatencyBins.Of(1)], [1])]), MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }
}
