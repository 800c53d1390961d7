using System.Globalization;
using System.Net;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Monitoring.Webhooks;

/// <summary>Makes one attempt, notes how it went, and pauses the webhook of a receiver that is gone.</summary>
internal sealed class Deliverer(
    DeliveryStore deliveries, WebhookSender sender, IMonitoringStore store, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<Deliverer> log)
{
    private static readonly Caller Self = Caller.Service(MonitoringService.ServiceName);

    private readonly IReadOnlyList<double> _retries = options.Value.RetrySeconds is { Length: > 0 } seconds ? seconds : RetrySchedule.Default;

    /// <summary>Makes an attempt.</summary>
    public async Task RunAsync(ClaimedDelivery delivery, CancellationToken ct)
    {
        var outcome = await sender.SendAsync(delivery, ct);
        if (outcome.Cause is null)
        {
            await deliveries.TakenAsync(delivery, outcome, ct);
            return;
        }

        var isGone = outcome.StatusCode == (int)HttpStatusCode.Gone;
        // What a receiver that is gone has not taken waits for the next one.
        var retry = isGone ? TimeSpan.FromSeconds(_retries[0]) : RetrySchedule.After(delivery.Round, _retries, Random.Shared.NextDouble());
        if (delivery.Body is null) retry = null;
        var failing = await deliveries.NotTakenAsync(delivery, outcome, retry, ct);
        if (isGone) await PauseAsync(delivery, outcome.Cause, "The receiver answered 410 Gone: it wants no more events.", ct);
        else if (failing >= options.Value.PauseAfter) await PauseAsync(delivery, outcome.Cause, $"The receiver has taken nothing for {Words(failing)}: {outcome.Cause}", ct);
    }

    private async Task PauseAsync(ClaimedDelivery delivery, string cause, string reason, CancellationToken ct)
    {
        var (project, webhook) = delivery.Key;
        var written = await store.WriteAsync<Webhook, WebhookEvent>(
            Self, project, Webhook.StreamOf(webhook),
            state => WebhookDecider.Decide(new WebhookCommand.GiveUp(delivery.Url, reason, Self.Name), state, clock.GetUtcNow()), ct,
            alongside: (session, events) => WebhookLedger.Note(session, project, webhook, events, []));
        if (written.Events.Count > 0) log.LogWarning("Webhook {Webhook} of {Project} is paused: {Cause}", webhook, project, cause);
    }

    private static string Words(TimeSpan time) =>
        time >= TimeSpan.FromHours(1) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} h") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
}
