using Marten;

namespace Mesh.Monitoring.Webhooks;

/// <summary>What happens to a webhook. Deliveries are rows, not events.</summary>
public abstract record WebhookEvent
{
    private WebhookEvent() { }

    /// <summary>The webhook was defined, for the first time or anew.</summary>
    public sealed record Defined(
        string Webhook, string Url, IReadOnlyList<string> Types, string? Subject, string? Description, string By, DateTimeOffset At) : WebhookEvent;

    /// <summary>Events wait from now on.</summary>
    /// <param name="Cause">Why the platform paused it; null when somebody did.</param>
    public sealed record Paused(string Webhook, string? Cause, string By, DateTimeOffset At) : WebhookEvent;

    /// <summary>Events are sent again, those that waited first.</summary>
    public sealed record Resumed(string By, DateTimeOffset At) : WebhookEvent;

    /// <summary>It has a new secret.</summary>
    public sealed record SecretRotated(string By, DateTimeOffset At) : WebhookEvent;

    /// <summary>Events after this position are sent, again where they were sent before.</summary>
    public sealed record Replayed(long After, string By, DateTimeOffset At) : WebhookEvent;

    /// <summary>The webhook is gone, and its deliveries with it.</summary>
    public sealed record Removed(string By, DateTimeOffset At) : WebhookEvent;
}

/// <summary>The stored names of webhook events. They are data: a name that was used never changes.</summary>
internal static class WebhookEventNames
{
    public static void Register(StoreOptions store)
    {
        store.Events.MapEventType<WebhookEvent.Defined>("webhook.defined");
        store.Events.MapEventType<WebhookEvent.Paused>("webhook.paused");
        store.Events.MapEventType<WebhookEvent.Resumed>("webhook.resumed");
        store.Events.MapEventType<WebhookEvent.SecretRotated>("webhook.secret-rotated");
        store.Events.MapEventType<WebhookEvent.Replayed>("webhook.replayed");
        store.Events.MapEventType<WebhookEvent.Removed>("webhook.removed");
    }
}
