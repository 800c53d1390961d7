using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Alerts;
using Mesh.Testing;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class AlertRouteTests(MonitoringFixture fixture)
{
    private static readonly DefineAlertRule Retrain = new(
        "drift.detected", new(new SubmitJob(Item: "auto-trainer", Params: new() { ["model"] = "{{model}}", ["endpoint"] = "{{endpoint}}" })));

    [Fact]
    public async Task A_matching_event_submits_the_job_and_tells_so()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain);
        var e = Drift(project);
        await fixture.PublishAsync(e);
        var job = fixture.Peers.Jobs[AlertJob.KeyOf("retrain", e.Id)];
        job.Body.Params.ShouldBe(new Dictionary<string, string> { ["model"] = "cancer", ["endpoint"] = "tumours" });
        job.Body.Tags![AlertJob.RuleTag].ShouldBe("retrain");
        var activation = (await ActivationsAsync(project)).ShouldHaveSingleItem();
        activation.JobId.ShouldBe(job.Id);
        activation.EventId.ShouldBe(e.Id);
        activation.Cause.ShouldBeNull();
        await fixture.Host.RelayedAsync("alert.activated", told => told.Project == project && told.DataAs<AlertActivated>().JobId == job.Id);
        var rule = await GetAsync(project);
        rule.Activations.ShouldBe(1);
        rule.LastActivatedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_event_that_comes_again_even_at_the_same_time_submits_one_job()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain);
        var e = Drift(project);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => fixture.PublishAsync(e)));
        await fixture.PublishAsync(e);
        (await ActivationsAsync(project)).Count.ShouldBe(1);
        fixture.Peers.Jobs.Keys.Count(key => key.EndsWith(e.Id.ToString("N"), StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_crash_before_the_outcome_is_noted_is_made_good_with_the_same_job()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain);
        var e = Drift(project);
        await fixture.Host.Service<IMonitoringStore>().WriteAsync<AlertRule, AlertEvent>(
            Caller.Service("monitoring"), project, AlertRule.StreamOf("retrain"), rule => AlertDecider.Decide(new AlertCommand.React(e), rule, DateTimeOffset.UtcNow), default);
        fixture.Peers.Jobs[AlertJob.KeyOf("retrain", e.Id)] = (Guid.CreateVersion7(), Retrain.Action.Job!);
        await fixture.PublishAsync(e);
        (await ActivationsAsync(project)).ShouldHaveSingleItem().JobId.ShouldBe(fixture.Peers.Jobs[AlertJob.KeyOf("retrain", e.Id)].Id);
    }

    [Fact]
    public async Task A_refused_job_leaves_the_sentence_of_the_refusal()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain);
        fixture.Peers.JobsFailWith = 404;
        await fixture.PublishAsync(Drift(project));
        fixture.Peers.JobsFailWith = 0;
        var activation = (await ActivationsAsync(project)).ShouldHaveSingleItem();
        activation.JobId.ShouldBeNull();
        activation.Cause.ShouldBe("Refused with job.refused.");
        await fixture.Host.RelayedAsync("alert.activated", told => told.Project == project);
    }

    [Fact]
    public async Task A_job_queue_that_is_down_is_waited_for()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain);
        fixture.Peers.JobsFailWith = 503;
        var publishing = fixture.PublishAsync(Drift(project));
        await Eventually.Holds(() => fixture.Peers.Submissions.ShouldBeGreaterThan(0));
        (await ActivationsAsync(project)).ShouldBeEmpty();
        fixture.Peers.JobsFailWith = 0;
        await publishing;
        (await ActivationsAsync(project)).ShouldHaveSingleItem().JobId.ShouldNotBeNull();
    }

    [Fact]
    public async Task Within_the_cooldown_events_are_only_counted()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, "retrain", Retrain with { CooldownSeconds = 3600 });
        // As many at once as a queue hands out: none may be lost to a race for the rule.
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => fixture.PublishAsync(Drift(project))));
        (await ActivationsAsync(project)).Count.ShouldBe(1);
        (await GetAsync(project)).Suppressed.ShouldBe(63);
    }

    [Fact]
    public async Task Other_subjects_types_and_projects_do_not_fire_it()
    {
        var (project, other) = (fixture.NewProject(), fixture.NewProject());
        await DefineAsync(project, "retrain", Retrain with { Subject = "tumours" });
        await fixture.PublishAsync(Drift(project, "another"));
        await fixture.PublishAsync(Drift(other));
        await fixture.PublishAsync(MonitoringFixture.Event(project, new DriftCleared("tumours", "cancer", 1)));
        (await ActivationsAsync(project)).ShouldBeEmpty();
        await fixture.PublishAsync(Drift(project));
        (await ActivationsAsync(project)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_changed_rule_holds_from_the_next_event_on()
    {
        var project = fixture.NewProject();
        await fixture.PublishAsync(Drift(project));
        await DefineAsync(project, "retrain", Retrain);
        await fixture.PublishAsync(Drift(project));
        await DefineAsync(project, "retrain", Retrain with { EventType = "run.failed" });
        await fixture.PublishAsync(Drift(project));
        (await ActivationsAsync(project)).Count.ShouldBe(1);
        await fixture.PublishAsync(MonitoringFixture.Event(project, new RunFailed(Guid.CreateVersion7(), "r", "e", "because")));
        (await ActivationsAsync(project)).Count.ShouldBe(2);
        using var removed = await fixture.Client(project, Role.Admin).DeleteAsync($"/api/v1/projects/{project}/alerts/retrain");
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var before = fixture.Peers.Submissions;
        await fixture.PublishAsync(MonitoringFixture.Event(project, new RunFailed(Guid.CreateVersion7(), "r", "e", "because")));
        fixture.Peers.Submissions.ShouldBe(before);
    }

    [Fact]
    public async Task Rules_and_activations_are_listed_page_by_page()
    {
        var project = fixture.NewProject();
        foreach (var name in (string[])["b", "a", "c"]) await DefineAsync(project, name, Retrain);
        var client = fixture.Client(project, Role.Viewer);
        var first = (await client.GetFromJsonAsync<Page<AlertRuleInfo>>($"/api/v1/projects/{project}/alerts?limit=2", MeshJson.Strict))!;
        var second = (await client.GetFromJsonAsync<Page<AlertRuleInfo>>($"/api/v1/projects/{project}/alerts?limit=2&cursor={first.Next}", MeshJson.Strict))!;
        first.Items.Concat(second.Items).Select(rule => rule.Name).ShouldBe(["a", "b", "c"]);

        var events = Enumerable.Range(0, 3).Select(_ => Drift(project)).ToArray();
        foreach (var e in events) await fixture.PublishAsync(e);
        var newest = (await client.GetFromJsonAsync<Page<AlertActivation>>($"/api/v1/projects/{project}/alerts/a/activations?limit=2", MeshJson.Strict))!;
        var oldest = (await client.GetFromJsonAsync<Page<AlertActivation>>($"/api/v1/projects/{project}/alerts/a/activations?limit=2&cursor={newest.Next}", MeshJson.Strict))!;
        newest.Items.Concat(oldest.Items).Select(activation => activation.EventId).ShouldBe(events.Reverse().Select(e => e.Id));
    }

    [Theory]
    [InlineData("""{"eventType":"drift.detected","action":{}}""", "body.invalid")]
    [InlineData("""{"eventType":"no.such-event","action":{"job":{"item":"x"}}}""", "body.invalid")]
    [InlineData("""{"eventType":"drift.detected","action":{"job":{"item":"x","function":"y"}}}""", "body.invalid")]
    [InlineData("""{"eventType":"drift.detected","action":{"job":{"item":"x"}},"cooldownSeconds":-1}""", "body.invalid")]
    [InlineData("""{"eventType":"drift.detected"}""", "body.malformed")]
    [InlineData("""{"eventType":5,"action":{"job":{"item":"x"}}}""", "body.malformed")]
    [InlineData("""{"eventType":"drift.detected","action":{"job":{"item":"x"}},"when":"now"}""", "body.malformed")]
    [InlineData("{", "body.malformed")]
    public async Task A_rule_out_of_form_is_refused_and_not_there(string body, string code)
    {
        var project = fixture.NewProject();
        using var answer = await fixture.Client(project, Role.Admin).PutAsync(
            $"/api/v1/projects/{project}/alerts/retrain", new StringContent(body, Encoding.UTF8, "application/json"));
        await answer.ShouldBeProblem(HttpStatusCode.BadRequest, code);
        using var missing = await fixture.Client(project).GetAsync($"/api/v1/projects/{project}/alerts/retrain");
        await missing.ShouldBeProblem(HttpStatusCode.NotFound, "alert.unknown");
    }

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_refused()
    {
        var project = fixture.NewProject();
        using var editor = await fixture.Client(project, Role.Editor).PutAsJsonAsync($"/api/v1/projects/{project}/alerts/retrain", Retrain, MeshJson.Strict);
        await editor.ShouldBeProblem(HttpStatusCode.Forbidden, "access.role");
        var admin = fixture.Client(project, Role.Admin);
        using var named = await admin.PutAsJsonAsync($"/api/v1/projects/{project}/alerts/Not%20A%20Name", Retrain, MeshJson.Strict);
        await named.ShouldBeProblem(HttpStatusCode.BadRequest, "rule.invalid");
        using var removed = await admin.DeleteAsync($"/api/v1/projects/{project}/alerts/retrain");
        await removed.ShouldBeProblem(HttpStatusCode.NotFound, "alert.unknown");
        using var editorRemoves = await fixture.Client(project).DeleteAsync($"/api/v1/projects/{project}/alerts/retrain");
        await editorRemoves.ShouldBeProblem(HttpStatusCode.Forbidden, "access.role");
        using var activations = await admin.GetAsync($"/api/v1/projects/{project}/alerts/retrain/activations");
        await activations.ShouldBeProblem(HttpStatusCode.NotFound, "alert.unknown");
        using var posted = await admin.PostAsync($"/api/v1/projects/{project}/alerts/retrain", null);
        await posted.ShouldBeProblem(HttpStatusCode.MethodNotAllowed, "method.not-allowed");
    }

    private async Task DefineAsync(string project, string rule, DefineAlertRule body)
    {
        using var answer = await fixture.Client(project, Role.Admin).PutAsJsonAsync($"/api/v1/projects/{project}/alerts/{rule}", body, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task<AlertRuleInfo> GetAsync(string project) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<AlertRuleInfo>($"/api/v1/projects/{project}/alerts/retrain", MeshJson.Strict))!;

    private async Task<IReadOnlyList<AlertActivation>> ActivationsAsync(string project) =>
        (await fixture.Client(project).GetFromJsonAsync<Page<AlertActivation>>($"/api/v1/projects/{project}/alerts/retrain/activations", MeshJson.Strict))!.Items;

    private static MeshEvent Drift(string project, string endpoint = "tumours") =>
        MonitoringFixture.Event(project, new DriftDetected(endpoint, "cancer", 1, [], default, default, 60));
}
