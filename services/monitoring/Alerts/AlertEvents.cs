using Marten;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Alerts;

/// <summary>What happens to an alert rule.</summary>
public abstract record AlertEvent
{
    private AlertEvent() { }

    /// <summary>The rule was defined, for the first time or anew.</summary>
    public sealed record Defined(
        string Rule, string EventType, string? Subject, AlertAction Action, int CooldownSeconds, string? Description, string By,
        DateTimeOffset At) : AlertEvent;

    /// <summary>An event matched, outside the cooldown: the action is being carried out.</summary>
    public sealed record Triggered(Guid EventId, string EventType, string EventSubject, DateTimeOffset At) : AlertEvent;

    /// <summary>The action was carried out: a job was submitted, or the cause says why not.</summary>
    public sealed record Activated(
        string Rule, Guid EventId, string EventType, string EventSubject, Guid? JobId, string? Cause, DateTimeOffset At) : AlertEvent;

    /// <summary>An event matched too soon after the last activation.</summary>
    public sealed record Suppressed(Guid EventId, DateTimeOffset At) : AlertEvent;

    /// <summary>The rule is gone.</summary>
    public sealed record Removed(DateTimeOffset At) : AlertEvent;
}

/// <summary>The stored names of alert events. They are data: a name that was used never changes.</summary>
internal static class AlertEventNames
{
    public const string Activated = "alert.activated";

    public static void Register(StoreOptions store)
    {
        store.Events.MapEventType<AlertEvent.Defined>("alert.defined");
        store.Events.MapEventType<AlertEvent.Triggered>("alert.triggered");
        store.Events.MapEventType<AlertEvent.Activated>(Activated);
        store.Events.MapEventType<AlertEvent.Suppressed>("alert.suppressed");
        store.Events.MapEventType<AlertEvent.Removed>("alert.removed");
    }
}
