using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Alerts;

/// <summary>An event that a rule is acting on: not done yet.</summary>
public sealed record PendingActivation(Guid EventId, string EventType, string EventSubject);

/// <summary>An alert rule and what it has done.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Name">Its name.</param>
/// <param name="EventType">The type of event that fires it.</param>
/// <param name="Subject">Only events about this; any when null.</param>
/// <param name="Action">What it does.</param>
/// <param name="CooldownSeconds">How long after an activation it only counts.</param>
/// <param name="Description">For people.</param>
/// <param name="CreatedBy">Who defined it first.</param>
/// <param name="CreatedAt">When it was defined first.</param>
/// <param name="Activations">Times that it fired.</param>
/// <param name="Suppressed">Events in the cooldown.</param>
/// <param name="LastTriggeredAt">When the cooldown began.</param>
/// <param name="Pending">Events whose action is being carried out.</param>
/// <param name="Recent">Ids of the newest events that it has dealt with: what comes again is known.</param>
/// <param name="Jobs">The newest jobs that it submitted: their own events do not fire it.</param>
/// <param name="IsRemoved">Whether it is gone.</param>
public sealed record AlertRule(
    string Id, string Name, string EventType, string? Subject, AlertAction Action, int CooldownSeconds, string? Description, string CreatedBy,
    DateTimeOffset CreatedAt, long Activations, long Suppressed, DateTimeOffset? LastTriggeredAt, IReadOnlyList<PendingActivation> Pending,
    IReadOnlyList<Guid> Recent, IReadOnlyList<Guid> Jobs, bool IsRemoved)
{
    /// <summary>How many events and jobs are remembered. Events come again within the relay's page or the broker's prefetch, both smaller.</summary>
    private const int Remembered = 256;

    /// <summary>Key of the stream of a rule.</summary>
    public static string StreamOf(string rule) => $"alert-{rule}";

    /// <summary>The action on this event, if it is not done yet.</summary>
    public PendingActivation? PendingOn(Guid eventId) => Pending.FirstOrDefault(pending => pending.EventId == eventId);

    public static AlertRule Create(AlertEvent.Defined e) => new(
        StreamOf(e.Rule), e.Rule, e.EventType, e.Subject, e.Action, e.CooldownSeconds, e.Description, e.By, e.At, 0, 0, null, [], [], [], false);

    public AlertRule Apply(AlertEvent.Defined e) => IsRemoved
        ? Create(e) with { Recent = Recent, Jobs = Jobs }
        : this with { EventType = e.EventType, Subject = e.Subject, Action = e.Action, CooldownSeconds = e.CooldownSeconds, Description = e.Description };

    public AlertRule Apply(AlertEvent.Triggered e) => this with
    {
        LastTriggeredAt = e.At,
        Recent = With(Recent, e.EventId),
        Pending = [.. Pending, new PendingActivation(e.EventId, e.EventType, e.EventSubject)],
    };

    public AlertRule Apply(AlertEvent.Activated e) => this with
    {
        Activations = Activations + 1,
        Pending = [.. Pending.Where(pending => pending.EventId != e.EventId)],
        Jobs = e.JobId is { } job ? With(Jobs, job) : Jobs,
    };

    public AlertRule Apply(AlertEvent.Suppressed e) => this with { Suppressed = Suppressed + 1, Recent = With(Recent, e.EventId) };

    public AlertRule Apply(AlertEvent.Removed e) => this with { IsRemoved = true, Pending = [] };

    private static IReadOnlyList<Guid> With(IReadOnlyList<Guid> ids, Guid id) => [.. ids.Count < Remembered ? ids : ids.Skip(ids.Count - Remembered + 1), id];
}
