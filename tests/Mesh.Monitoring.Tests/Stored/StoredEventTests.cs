using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Alerts;
using Mesh.Monitoring.Monitors;
using Mesh.Monitoring.Tests.Service;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Tests.Stored;

/// <summary>Stored events are data: their names never change, and every version of their JSON that was ever stored can be read.</summary>
[Collection(MonitoringCollection.Name)]
public sealed class StoredEventTests(MonitoringFixture fixture)
{
    private static readonly DateTimeOffset T = new(2026, 5, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly DriftWindow Window = new(T, T.AddHours(1), 56, 3, true, [new("size", 0.5, 0.25, true)]);

    public static TheoryData<string, object, string> Events => new()
    {
        { "monitor.created", new MonitorEvent.Created("tumours", "cancer", new ConfigureMonitor(), T),
          """{"endpoint":"tumours","model":"cancer","settings":{"windowSeconds":300,"minRows":50,"psiThreshold":0.2,"jsThreshold":0.3,"minFeatures":1,"windowsToDetect":2,"windowsToClear":2},"at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.configured", new MonitorEvent.Configured(new ConfigureMonitor(60), T),
          """{"settings":{"windowSeconds":60,"minRows":50,"psiThreshold":0.2,"jsThreshold":0.3,"minFeatures":1,"windowsToDetect":2,"windowsToClear":2},"at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.reference-changed", new MonitorEvent.ReferenceChanged("cancer", 3, T, T),
          """{"model":"cancer","modelVersion":3,"asOf":"2026-05-23T12:00:00+00:00","at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.window-closed", new MonitorEvent.WindowClosed(Window, true, T),
          """{"window":{"from":"2026-05-23T12:00:00+00:00","to":"2026-05-23T13:00:00+00:00","rows":56,"modelVersion":3,"drifted":true,"features":[{"feature":"size","psi":0.5,"jensenShannon":0.25,"drifted":true}]},"judged":true,"at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.drift-detected", new MonitorEvent.DriftDetected("tumours", "cancer", 3, Window.Features, T, T.AddHours(1), 56, T),
          """{"endpoint":"tumours","model":"cancer","modelVersion":3,"features":[{"feature":"size","psi":0.5,"jensenShannon":0.25,"drifted":true}],"windowFrom":"2026-05-23T12:00:00+00:00","windowTo":"2026-05-23T13:00:00+00:00","rows":56,"at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.drift-cleared", new MonitorEvent.DriftCleared("tumours", "cancer", 3, T),
          """{"endpoint":"tumours","model":"cancer","modelVersion":3,"at":"2026-05-23T12:00:00+00:00"}""" },
        { "monitor.removed", new MonitorEvent.Removed(T), """{"at":"2026-05-23T12:00:00+00:00"}""" },
        { "alert.defined", new AlertEvent.Defined("retrain", "drift.detected", "tumours", new(new SubmitJob(Item: "auto-trainer")), 60, "why", "ada", T),
          """{"rule":"retrain","eventType":"drift.detected","subject":"tumours","action":{"job":{"function":null,"functionVersion":null,"item":"auto-trainer","command":null,"name":null,"experiment":null,"params":null,"environment":null,"secrets":null,"maxAttempts":null,"timeoutSeconds":null,"tags":null}},"cooldownSeconds":60,"description":"why","by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "alert.triggered", new AlertEvent.Triggered(Guid.Empty, "drift.detected", "tumours", T),
          """{"eventId":"00000000-0000-0000-0000-000000000000","eventType":"drift.detected","eventSubject":"tumours","at":"2026-05-23T12:00:00+00:00"}""" },
        { "alert.activated", new AlertEvent.Activated("retrain", Guid.Empty, "drift.detected", "tumours", null, "No.", T),
          """{"rule":"retrain","eventId":"00000000-0000-0000-0000-000000000000","eventType":"drift.detected","eventSubject":"tumours","jobId":null,"cause":"No.","at":"2026-05-23T12:00:00+00:00"}""" },
        { "alert.suppressed", new AlertEvent.Suppressed(Guid.Empty, T), """{"eventId":"00000000-0000-0000-0000-000000000000","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.defined", new WebhookEvent.Defined("ci", "https://example.com/hook", ["run.*"], "tumours", "why", "ada", T),
          """{"webhook":"ci","url":"https://example.com/hook","types":["run.*"],"subject":"tumours","description":"why","by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.paused", new WebhookEvent.Paused("ci", "Gone.", "service:monitoring", T),
          """{"webhook":"ci","cause":"Gone.","by":"service:monitoring","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.resumed", new WebhookEvent.Resumed("ada", T), """{"by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.secret-rotated", new WebhookEvent.SecretRotated("ada", T), """{"by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.replayed", new WebhookEvent.Replayed(7, "ada", T), """{"after":7,"by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "webhook.removed", new WebhookEvent.Removed("ada", T), """{"by":"ada","at":"2026-05-23T12:00:00+00:00"}""" },
        { "alert.removed", new AlertEvent.Removed(T), """{"at":"2026-05-23T12:00:00+00:00"}""" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void The_stored_form_is_what_it_was(string name, object e, string golden)
    {
        var store = fixture.Host.Service<IMonitoringStore>().Options;
        store.Events.AllKnownEventTypes().Single(type => type.EventType == e.GetType()).EventTypeName.ShouldBe(name);
        var serializer = store.Serializer();
        serializer.ToCleanJson(e).ShouldBe(golden);
        using var stored = new MemoryStream(Encoding.UTF8.GetBytes(golden));
        serializer.ToCleanJson(serializer.FromJson(e.GetType(), stored)).ShouldBe(golden);
    }

    [Fact]
    public void Every_stored_event_is_pinned()
    {
        var pinned = Events.Select(row => row.Data.Item2.GetType()).ToHashSet();
        var all = typeof(MonitorEvent).GetNestedTypes().Concat(typeof(AlertEvent).GetNestedTypes()).Concat(typeof(WebhookEvent).GetNestedTypes()).Where(type => type.IsSealed);
        all.ShouldAllBe(type => pinned.Contains(type));
    }
}
