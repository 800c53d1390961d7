using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Serving;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class MonitorRouteTests(MonitoringFixture fixture)
{
    private static readonly ConfigureMonitor Hourly = new(WindowSeconds: 3600);

    [Fact]
    public async Task The_news_of_an_endpoint_twice_or_late_changes_nothing()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        var served = MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 2, 1), 3);
        var older = MonitoringFixture.Event(project, new EndpointVersionServed("tumours", "cancer", 1), 2, time: served.Time.AddSeconds(-5));
        await fixture.PublishAsync(served, served, older, MonitoringFixture.Event(project, new EndpointDeployed("tumours", "cancer", "champion"), 4));
        var monitor = await fixture.MonitorAsync(project);
        monitor.ModelVersion.ShouldBe(2);
        monitor.Settings.ShouldBe(Hourly);
    }

    [Fact]
    public async Task The_monitor_of_a_deleted_endpoint_is_gone()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointDeleted("tumours"), 3));
        using var answer = await fixture.Client(project).GetAsync($"/api/v1/projects/{project}/monitors/tumours");
        await answer.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        (await fixture.Client(project).GetFromJsonAsync<Page<MonitorInfo>>($"/api/v1/projects/{project}/monitors", MeshJson.Strict))!.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Monitors_are_listed_by_name_page_by_page()
    {
        var project = fixture.NewProject();
        foreach (var name in (string[])["b", "a-1", "a", "c"]) await fixture.DeployAsync(project, name);
        var client = fixture.Client(project, Role.Viewer);
        var first = (await client.GetFromJsonAsync<Page<MonitorInfo>>($"/api/v1/projects/{project}/monitors?limit=3", MeshJson.Strict))!;
        var second = (await client.GetFromJsonAsync<Page<MonitorInfo>>($"/api/v1/projects/{project}/monitors?limit=3&cursor={first.Next}", MeshJson.Strict))!;
        first.Items.Concat(second.Items).Select(monitor => monitor.Endpoint).ShouldBe(["a", "a-1", "b", "c"]);
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task Its_history_tells_who_set_what()
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project, settings: Hourly);
        var history = (await fixture.Client(project).GetFromJsonAsync<Page<HistoryEntry>>($"/api/v1/projects/{project}/monitors/tumours/history", MeshJson.Strict))!;
        history.Items.Select(entry => entry.Type).ShouldBe(["monitor.created", "monitor.reference-changed", "monitor.configured"]);
        history.Items[2].Actor.ShouldBe("ada");
    }

    [Fact]
    public async Task A_monitor_can_be_set_the_moment_its_endpoint_is_deployed()
    {
        var project = fixture.NewProject();
        fixture.Peers.Endpoints[$"{project}/fresh"] = "cancer";
        using var answer = await fixture.Client(project).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/fresh", Hourly, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new EndpointDeployed("fresh", "cancer", "champion")));
        (await fixture.MonitorAsync(project, "fresh")).Settings.ShouldBe(Hourly);
    }

    [Theory]
    [InlineData("""{"windowSeconds":0}""", "body.invalid")]
    [InlineData("""{"psiThreshold":-1,"jsThreshold":2}""", "body.invalid")]
    [InlineData("""{"windowSeconds":"long"}""", "body.malformed")]
    [InlineData("""{"windows":5}""", "body.malformed")]
    [InlineData("{", "body.malformed")]
    [InlineData("", "body.malformed")]
    public async Task Settings_out_of_form_are_refused_and_change_nothing(string body, string code)
    {
        var project = fixture.NewProject();
        await fixture.DeployAsync(project);
        using var answer = await fixture.Client(project).PutAsync(
            $"/api/v1/projects/{project}/monitors/tumours", new StringContent(body, Encoding.UTF8, "application/json"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        if (body.Length > 0) await answer.ShouldBeProblem(HttpStatusCode.BadRequest, code);
        (await fixture.MonitorAsync(project)).Settings.ShouldBe(new ConfigureMonitor());
    }

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_refused()
    {
        var project = fixture.NewProject();
        var client = fixture.Client(project);
        foreach (var path in (string[])["monitors/none", "monitors/none/windows", "monitors/none/history"])
        {
            using var missing = await client.GetAsync($"/api/v1/projects/{project}/{path}");
            await missing.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        }

        using var unknown = await client.PutAsJsonAsync($"/api/v1/projects/{project}/monitors/none", Hourly, MeshJson.Strict);
        await unknown.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        using var odd = await client.PutAsJsonAsync($"/api/v1/projects/{project}/monitors/Not%20A%20Name", Hourly, MeshJson.Strict);
        await odd.ShouldBeProblem(HttpStatusCode.NotFound, "monitor.unknown");
        using var viewer = await fixture.Client(project, Role.Viewer).PutAsJsonAsync($"/api/v1/projects/{project}/monitors/none", Hourly, MeshJson.Strict);
        await viewer.ShouldBeProblem(HttpStatusCode.Forbidden, "access.role");
        using var stranger = await client.GetAsync("/api/v1/projects/another/monitors");
        await stranger.ShouldBeProblem(HttpStatusCode.NotFound, "project.unknown");
    }
}
