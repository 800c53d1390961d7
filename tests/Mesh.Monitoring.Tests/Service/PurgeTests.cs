using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class PurgeTests(MonitoringFixture fixture)
{
    [Fact]
    public async Task Nothing_is_left_of_a_deleted_project_and_others_stay()
    {
        var (gone, kept) = (fixture.NewProject(), fixture.NewProject());
        foreach (var project in (string[])[gone, kept])
        {
            await fixture.DeployAsync(project);
            await fixture.CaptureAsync(project, [Row()]);
            using var rule = await fixture.Client(project, Role.Admin).PutAsJsonAsync(
                $"/api/v1/projects/{project}/alerts/again", new DefineAlertRule("run.failed", new(new SubmitJob(Item: "x"))), MeshJson.Strict);
            rule.EnsureSuccessStatusCode();
            using var webhook = await fixture.Client(project, Role.Admin).PutAsJsonAsync(
                $"/api/v1/projects/{project}/webhooks/hook", new DefineWebhook("https://example.com/hook"), MeshJson.Strict);
            webhook.EnsureSuccessStatusCode();
            (await UsageAsync(project)).Counts.ShouldBe(new Dictionary<string, long> { ["predictions"] = 1, ["monitors"] = 1, ["alerts"] = 1, ["webhooks"] = 1 }, ignoreOrder: true);
        }

        var deleted = MonitoringFixture.Event(gone, new ProjectDeleted(gone));
        await fixture.PublishAsync(deleted);
        await fixture.PublishAsync(deleted);
        (await UsageAsync(gone)).IsEmpty().ShouldBeTrue();
        (await UsageAsync(kept)).IsEmpty().ShouldBeFalse();
        (await fixture.Client(gone).GetFromJsonAsync<Page<PredictionRecord>>($"/api/v1/projects/{gone}/predictions", MeshJson.Strict))!.Items.ShouldBeEmpty();
        (await fixture.MonitorAsync(kept)).Predictions.ShouldBe(1);

        await fixture.PublishAsync(MonitoringFixture.Event(gone, new ProjectCreated(gone, "bob"), 3));
        await fixture.DeployAsync(gone);
        (await fixture.MonitorAsync(gone)).Predictions.ShouldBe(0);
        await fixture.CaptureAsync(gone, [Row()]);
        (await fixture.MonitorAsync(gone)).Predictions.ShouldBe(1);
    }

    [Fact]
    public async Task What_comes_late_for_a_deleted_project_is_turned_away()
    {
        var project = fixture.NewProject();
        var late = MonitoringFixture.Event(project, new EndpointDeployed("tumours", "cancer", "champion"));
        await fixture.PublishAsync(MonitoringFixture.Event(project, new ProjectDeleted(project), 2));
        await fixture.PublishAsync(late);
        await fixture.CaptureAsync(project, [Row()]);
        (await UsageAsync(project)).IsEmpty().ShouldBeTrue();
    }

    [Fact]
    public async Task What_slipped_in_behind_the_purge_is_deleted_when_the_projects_service_asks()
    {
        var project = fixture.NewProject();
        await fixture.PublishAsync(MonitoringFixture.Event(project, new ProjectDeleted(project), 2));
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointDeployed("tumours", "cancer", "champion"), time: DateTimeOffset.UtcNow.AddSeconds(1)));
        (await UsageAsync(project)).IsEmpty().ShouldBeTrue();
    }

    private Prediction Row() => fixture.Data.Captured(DateTimeOffset.UtcNow, fixture.Data.Inputs(fixture.Data.HeldBack[0]));

    private async Task<ProjectUsage> UsageAsync(string project) =>
        (await fixture.Host.ClientForService("projects").GetFromJsonAsync<ProjectUsage>($"/internal/projects/{project}/usage", MeshJson.Strict))!;
}
