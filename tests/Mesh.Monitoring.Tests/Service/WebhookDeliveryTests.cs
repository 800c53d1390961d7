using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Journal;
using Mesh.Monitoring.Webhooks;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>Events on their way to a real HTTP server that fails, hangs and is gone.</summary>
[Collection(MonitoringCollection.Name)]
public sealed class WebhookDeliveryTests(MonitoringFixture fixture) : IAsyncLifetime
{
    private Receiver _receiver = null!;

    public async ValueTask InitializeAsync() => _receiver = await Receiver.StartAsync();

    public async ValueTask DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task An_event_arrives_signed_as_a_cloud_event()
    {
        var project = fixture.NewProject();
        var secret = (await DefineAsync(project, new(_receiver.Url))).Secret!;
        var e = Run(project, "r1", 1);
        await fixture.PublishAsync(e);
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(1));
        var received = _receiver.Taken[0];
        received.ContentType.ShouldBe("application/cloudevents+json");
        received.Id.ShouldBe(e.Id.ToString());
        received.IsSignedWith(secret).ShouldBeTrue();
        received.IsSignedWith(WebhookSignature.NewSecret()).ShouldBeFalse();
        DateTimeOffset.FromUnixTimeSeconds(received.Timestamp).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        var body = JsonSerializer.Deserialize<JsonElement>(received.Body);
        foreach (var (attribute, value) in ((string, string)[])[("specversion", "1.0"), ("id", e.Id.ToString()), ("source", "/mesh/test"), ("type", "run.started"), ("subject", "r1"), ("project", project)])
            body.GetProperty(attribute).GetString().ShouldBe(value);
        body.GetProperty("data").GetProperty("attempt").GetInt32().ShouldBe(1);

        await Eventually.Holds(async () =>
        {
            var delivery = (await DeliveriesAsync(project)).ShouldHaveSingleItem();
            (delivery.State, delivery.StatusCode, delivery.Attempts, delivery.EventId, delivery.Cause, delivery.NextAttemptAt).ShouldBe((DeliveryState.Delivered, 204, 1, e.Id, null, null));
            delivery.LatencyMs!.Value.ShouldBeGreaterThan(0);
        });
        var webhook = await GetAsync(project);
        (webhook.Pending, webhook.FailingSince).ShouldBe((0, null));
        webhook.LastDeliveredAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_sent_and_nothing_of_before()
    {
        var (project, other) = (fixture.NewProject(), fixture.NewProject());
        await fixture.PublishAsync(Run(project, "before", 1));
        await DefineAsync(project, new(_receiver.Url, ["run.started", "drift.*"], "tumours"));
        await fixture.PublishAsync(
            Run(project, "tumours", 1), Run(other, "tumours", 1), Run(project, "another", 1),
            MonitoringFixture.Event(project, new RunAborted(Guid.Empty, "r", "default"), 2, subject: "tumours"),
            MonitoringFixture.Event(project, new DriftCleared("tumours", "cancer", 1)));
        await Eventually.Holds(() => _receiver.Taken.Select(received => received.Event.Type).ShouldBe(["run.started", "drift.cleared"], ignoreOrder: true));
        await CaughtUpAsync(project);
        _receiver.All.Count.ShouldBe(2);
        _receiver.Taken.ShouldAllBe(received => received.Event.Project == project && received.Event.Subject == "tumours");
    }

    [Fact]
    public async Task Events_of_a_subject_arrive_in_order_though_the_receiver_fails_at_times()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url));
        var tries = new ConcurrentDictionary<Guid, int>();
        _receiver.Answer = e => tries.AddOrUpdate(e.Id, 1, (_, n) => n + 1) == 1 && e.StreamVersion % 3 == 0 ? 503 : 200;
        var events = Enumerable.Range(0, 6).SelectMany(subject => Enumerable.Range(1, 9).Select(version => Run(project, $"r{subject}", version))).ToArray();
        await fixture.PublishAsync(events);
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(events.Length), TimeSpan.FromSeconds(60));
        foreach (var subject in _receiver.Taken.GroupBy(received => received.Event.Subject))
            subject.Select(received => received.Event.StreamVersion).ShouldBe(Enumerable.Range(1, 9).Select(version => (long)version));
        _receiver.All.Count(received => received.Answered == 503).ShouldBe(18);
    }

    [Fact]
    public async Task What_is_refused_too_often_is_given_up_with_its_cause_and_can_be_made_again()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url));
        _receiver.Answer = e => e.StreamVersion == 1 ? 500 : 200;
        await fixture.PublishAsync(Run(project, "r1", 1), Run(project, "r1", 2));
        await Eventually.Holds(async () => (await DeliveriesAsync(project, "delivered")).Count.ShouldBe(1));
        var failed = (await DeliveriesAsync(project, "failed")).ShouldHaveSingleItem();
        (failed.Attempts, failed.StatusCode, failed.Cause, failed.NextAttemptAt).ShouldBe((4, 500, "The receiver answered 500.", null));
        (await GetAsync(project)).Failed.ShouldBe(1);
        _receiver.Taken.ShouldHaveSingleItem().Event.StreamVersion.ShouldBe(2);

        _receiver.Answer = _ => 200;
        using var again = await Admin(project).PostAsync($"{Path(project)}/deliveries/{failed.Id}/redeliver", null);
        (await again.Content.ReadFromJsonAsync<WebhookDelivery>(MeshJson.Strict))!.State.ShouldBe(DeliveryState.Pending);
        await Eventually.Holds(async () => (await DeliveriesAsync(project, "delivered")).Count.ShouldBe(2));
        _receiver.Taken[^1].Id.ShouldBe(failed.EventId.ToString());
        (await GetAsync(project)).Failed.ShouldBe(0);
        var page = (await Admin(project).GetFromJsonAsync<Page<WebhookDelivery>>($"{Path(project)}/deliveries?limit=1", MeshJson.Strict))!;
        var next = (await Admin(project).GetFromJsonAsync<Page<WebhookDelivery>>($"{Path(project)}/deliveries?limit=1&cursor={page.Next}", MeshJson.Strict))!;
        page.Items.Concat(next.Items).Select(delivery => delivery.Id).ShouldBe([failed.Id + 1, failed.Id]);
    }

    [Fact]
    public async Task A_receiver_that_hangs_is_not_waited_for_and_keeps_no_other_waiting()
    {
        var (project, other) = (fixture.NewProject(), fixture.NewProject());
        await using var healthy = await Receiver.StartAsync();
        await DefineAsync(project, new(_receiver.Url));
        await DefineAsync(other, new(healthy.Url));
        _receiver.Delay = _ => TimeSpan.FromSeconds(20);
        await fixture.PublishAsync([.. Enumerable.Range(0, 8).SelectMany(i => (MeshEvent[])[Run(project, $"r{i}", 1), Run(other, $"r{i}", 1)])]);
        await Eventually.Holds(() => healthy.Taken.Count.ShouldBe(8), TimeSpan.FromSeconds(5));
        await Eventually.Holds(async () => (await DeliveriesAsync(project)).ShouldContain(delivery => delivery.Cause == "The receiver did not answer within 1 s." && delivery.NextAttemptAt != null));
        _receiver.Delay = _ => TimeSpan.Zero;
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBeGreaterThan(0), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_pauses_its_webhook_at_once_and_nothing_is_lost()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url, ["run.*"]));
        _receiver.Answer = _ => 410;
        await fixture.PublishAsync(Run(project, "r1", 1), Run(project, "r1", 2));
        await Eventually.Holds(async () => (await GetAsync(project)).Paused.ShouldBeTrue());
        var paused = await GetAsync(project);
        paused.PauseCause!.ShouldContain("410 Gone");
        await fixture.Host.RelayedAsync("webhook.paused", told => told.Project == project && told.DataAs<WebhookPaused>().Webhook == "hook");
        await fixture.PublishAsync(Run(project, "r1", 3));
        await Task.Delay(700);
        _receiver.All.Count.ShouldBe(1);

        _receiver.Answer = _ => 200;
        // Paused is what it no longer is, by its definition.
        (await DefineAsync(project, new(_receiver.Url, ["run.*"]))).Secret.ShouldBeNull();
        await Eventually.Holds(() => _receiver.Taken.Select(received => received.Event.StreamVersion).ShouldBe([1, 2, 3]));
        (await GetAsync(project)).PauseCause.ShouldBeNull();
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_for_long_has_its_webhook_paused()
    {
        await using var host = await fixture.StartHostAsync(null, null, ("Mesh:Monitoring:Webhooks:PauseAfter", "00:00:01"), ("Mesh:Monitoring:Webhooks:RetrySeconds:2", "60"));
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url, ["run.*"]), host);
        _receiver.Answer = _ => 500;
        await host.Service<IEventBus>().PublishAsync([Run(project, "r1", 1)], default);
        await Eventually.Holds(async () => (await DeliveriesAsync(project, host: host)).ShouldHaveSingleItem().Attempts.ShouldBe(3));
        await Task.Delay(600);
        await host.Service<IEventBus>().PublishAsync([Run(project, "r2", 1)], default);
        await Eventually.Holds(async () => (await GetAsync(project, host)).Paused.ShouldBeTrue());
        (await GetAsync(project, host)).PauseCause!.ShouldContain("The receiver answered 500.");

        _receiver.Answer = _ => 200;
        await DefineAsync(project, new(_receiver.Url, ["run.*"]), host);
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(2));
        await ServiceHost.DropAsync(host.Options.Postgres, host.Options.Database!);
    }

    [Fact]
    public async Task Redirections_are_not_followed()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url.Replace("/hook", "/elsewhere", StringComparison.Ordinal)));
        await fixture.PublishAsync(Run(project, "r1", 1));
        await Eventually.Holds(async () => (await DeliveriesAsync(project, "failed")).ShouldHaveSingleItem().Cause.ShouldBe("The receiver answered 307: redirections are not followed."));
        _receiver.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_says_so()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new($"http://127.0.0.1:{ServiceHost.FreePort()}/"));
        var test = await TestAsync(project);
        (test.State, test.Cause, test.StatusCode).ShouldBe((DeliveryState.Failed, "The receiver cannot be reached (ConnectionError).", null));
    }

    [Fact]
    public async Task A_test_is_sent_at_once_even_while_the_webhook_is_paused()
    {
        var project = fixture.NewProject();
        var secret = (await DefineAsync(project, new(_receiver.Url, Paused: true))).Secret!;
        var test = await TestAsync(project);
        (test.State, test.Type, test.StatusCode, test.Attempts, test.Position).ShouldBe((DeliveryState.Delivered, "mesh.test", 204, 1, null));
        var received = _receiver.Taken.ShouldHaveSingleItem();
        received.IsSignedWith(secret).ShouldBeTrue();
        (received.Event.Type, received.Event.Subject, received.Event.Project).ShouldBe(("mesh.test", "hook", project));

        _receiver.Answer = _ => 401;
        (await TestAsync(project)).Cause.ShouldBe("The receiver answered 401.");
        await Task.Delay(700);
        _receiver.All.Count.ShouldBe(2);
        (await GetAsync(project)).FailingSince.ShouldBeNull();
    }

    [Fact]
    public async Task It_is_replayed_from_a_position()
    {
        var project = fixture.NewProject();
        await fixture.PublishAsync([.. Enumerable.Range(1, 3).Select(version => Run(project, "r1", version))]);
        var third = await fixture.Host.Service<JournalStore>().LastAsync(default);
        await fixture.PublishAsync([.. Enumerable.Range(4, 2).Select(version => Run(project, "r1", version))]);
        await DefineAsync(project, new(_receiver.Url));
        await ReplayAsync(project, third);
        await Eventually.Holds(() => _receiver.Taken.Select(received => received.Event.StreamVersion).ShouldBe([4, 5]));
        await ReplayAsync(project, 0);
        await Eventually.Holds(() => _receiver.Taken.Select(received => received.Event.StreamVersion).ShouldBe([4, 5, 1, 2, 3, 4, 5]));
        _receiver.Taken.Select(received => received.Id).Distinct().Count().ShouldBe(5);
        await fixture.PublishAsync(Run(project, "r1", 6));
        await Eventually.Holds(() => _receiver.Taken[^1].Event.StreamVersion.ShouldBe(6));
    }

    [Fact]
    public async Task A_replay_takes_the_place_of_what_waits()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url, ["run.*"]));
        _receiver.Answer = _ => 410;
        await fixture.PublishAsync([.. Enumerable.Range(1, 5).Select(version => Run(project, "r1", version))]);
        await Eventually.Holds(async () => (await GetAsync(project)).Paused.ShouldBeTrue());
        (await GetAsync(project)).Pending.ShouldBeGreaterThan(0);
        _receiver.Answer = _ => 200;
        await ReplayAsync(project, 0);
        await DefineAsync(project, new(_receiver.Url, ["run.*"]));
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(5));
        await CaughtUpAsync(project);
        _receiver.Taken.Select(received => received.Event.StreamVersion).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task While_a_secret_is_replaced_either_may_be_known()
    {
        var project = fixture.NewProject();
        var old = (await DefineAsync(project, new(_receiver.Url))).Secret!;
        using var rotated = await Admin(project).PostAsync($"{Path(project)}/rotate", null);
        var next = (await rotated.Content.ReadFromJsonAsync<RotatedSecret>(MeshJson.Strict))!.Secret;
        await fixture.PublishAsync(Run(project, "r1", 1));
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(1));
        _receiver.Taken[0].IsSignedWith(old).ShouldBeTrue();
        _receiver.Taken[0].IsSignedWith(next).ShouldBeTrue();
        await ExecuteAsync(fixture.Host, "update webhook_cursor set previous_until = now() where project = $1", project);
        await fixture.PublishAsync(Run(project, "r1", 2));
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBe(2));
        _receiver.Taken[1].IsSignedWith(old).ShouldBeFalse();
        _receiver.Taken[1].IsSignedWith(next).ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_replica_had_in_hand_when_it_died_is_sent_when_its_claim_has_run_out()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url, ["run.*"]));
        _receiver.Answer = _ => 410;
        await fixture.PublishAsync([.. Enumerable.Range(1, 3).Select(version => Run(project, "r1", version))]);
        await Eventually.Holds(async () => (await GetAsync(project)).Paused.ShouldBeTrue());
        _receiver.Answer = _ => 200;
        await ExecuteAsync(
            fixture.Host, "update webhook_delivery set claimed_until = now() + interval '4 seconds' where project = $1 and id = (select min(id) from webhook_delivery where project = $1)", project);
        await DefineAsync(project, new(_receiver.Url, ["run.*"]));
        await Task.Delay(1000);
        _receiver.Taken.ShouldBeEmpty();
        await Eventually.Holds(() => _receiver.Taken.Select(received => received.Event.StreamVersion).ShouldBe([1, 2, 3]));
    }

    [Fact]
    public async Task Replicas_share_the_work_and_when_one_stops_the_other_goes_on()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-webhook-");
        var project = fixture.NewProject();
        var first = await fixture.StartHostAsync(null, folder.FullName);
        var second = await fixture.StartHostAsync(first.Options.Database, folder.FullName);
        await DefineAsync(project, new(_receiver.Url), first);
        _receiver.Delay = _ => TimeSpan.FromMilliseconds(Random.Shared.Next(5, 60));
        var events = Enumerable.Range(1, 25).SelectMany(version => Enumerable.Range(0, 12).Select(subject => Run(project, $"r{subject}", version))).ToArray();
        await first.Service<IEventBus>().PublishAsync(events, default);
        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBeGreaterThan(60));
        await first.DisposeAsync();
        _receiver.Taken.Count.ShouldBeLessThan(events.Length);

        await Eventually.Holds(() => _receiver.Taken.Count.ShouldBeGreaterThanOrEqualTo(events.Length), TimeSpan.FromSeconds(60));
        _receiver.Taken.Select(received => received.Event.Id).ShouldBe(events.Select(e => e.Id), ignoreOrder: true);
        foreach (var subject in _receiver.Taken.GroupBy(received => received.Event.Subject))
            subject.Select(received => received.Event.StreamVersion).ShouldBe(Enumerable.Range(1, 25).Select(version => (long)version));
        await second.DisposeAsync();
        await ServiceHost.DropAsync(second.Options.Postgres, second.Options.Database!);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Deliveries_that_are_over_are_forgotten_after_their_time_and_what_waits_is_not()
    {
        var project = fixture.NewProject();
        await DefineAsync(project, new(_receiver.Url));
        _receiver.Answer = e => e.Subject == "bad" ? 500 : 200;
        await fixture.PublishAsync(Run(project, "good", 1), Run(project, "bad", 1));
        await Eventually.Holds(async () => (await DeliveriesAsync(project)).Select(delivery => delivery.State).ShouldBe([DeliveryState.Failed, DeliveryState.Delivered], ignoreOrder: true));
        var retention = fixture.Host.Services.GetServices<IHostedService>().OfType<DeliveryRetention>().Single();
        await ExecuteAsync(fixture.Host, "update webhook_delivery set finished_at = finished_at - interval '8 days' where project = $1", project);
        await retention.RunOnceAsync(default);
        (await DeliveriesAsync(project)).ShouldHaveSingleItem().State.ShouldBe(DeliveryState.Failed);
        await ExecuteAsync(fixture.Host, "update webhook_delivery set finished_at = finished_at - interval '23 days' where project = $1", project);
        await retention.RunOnceAsync(default);
        (await DeliveriesAsync(project)).ShouldBeEmpty();
    }

    private static MeshEvent Run(string project, string subject, int version) =>
        MonitoringFixture.Event(project, new RunStarted(Guid.Empty, version), version, subject: subject);

    private static string Path(string project) => $"/api/v1/projects/{project}/webhooks/hook";

    private HttpClient Admin(string project, ServiceHost? host = null) => (host ?? fixture.Host).ClientFor("ada", Role.Admin, project);

    private async Task<DefinedWebhook> DefineAsync(string project, DefineWebhook body, ServiceHost? host = null)
    {
        using var answer = await Admin(project, host).PutAsJsonAsync(Path(project), body, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<DefinedWebhook>(MeshJson.Strict))!;
    }

    private async Task<WebhookInfo> GetAsync(string project, ServiceHost? host = null) =>
        (await Admin(project, host).GetFromJsonAsync<WebhookInfo>(Path(project), MeshJson.Strict))!;

    private async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(string project, string? state = null, ServiceHost? host = null) =>
        (await Admin(project, host).GetFromJsonAsync<Page<WebhookDelivery>>($"{Path(project)}/deliveries{(state is null ? "" : $"?state={state}")}", MeshJson.Strict))!.Items;

    private async Task<WebhookDelivery> TestAsync(string project)
    {
        using var answer = await Admin(project).PostAsync($"{Path(project)}/test", null);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<WebhookDelivery>(MeshJson.Strict))!;
    }

    private async Task ReplayAsync(string project, long after)
    {
        using var answer = await Admin(project).PostAsJsonAsync($"{Path(project)}/replay", new ReplayWebhook(after), MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Returns when nothing waits to be sent any more.</summary>
    private Task CaughtUpAsync(string project) => Eventually.Holds(async () => (await GetAsync(project)).Pending.ShouldBe(0));

    private static async Task ExecuteAsync(ServiceHost host, string sql, string project)
    {
        await using var command = host.Service<ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = project });
        await command.ExecuteNonQueryAsync();
    }
}
