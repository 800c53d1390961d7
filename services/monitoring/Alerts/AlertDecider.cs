using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;

namespace Mesh.Monitoring.Alerts;

/// <summary>What can be asked of an alert rule.</summary>
public abstract record AlertCommand
{
    private AlertCommand() { }

    /// <summary>Somebody defines the rule.</summary>
    public sealed record Define(string Rule, DefineAlertRule Body, string By) : AlertCommand;

    /// <summary>An event of the project.</summary>
    public sealed record React(MeshEvent Event) : AlertCommand;

    /// <summary>The action was carried out.</summary>
    public sealed record Complete(Guid EventId, Guid? JobId, string? Cause) : AlertCommand;

    /// <summary>Somebody removes the rule.</summary>
    public sealed record Remove(string Rule) : AlertCommand;
}

/// <summary>The rules of alert rules: pure.</summary>
public static class AlertDecider
{
    /// <summary>What follows from the command in this state, at this time.</summary>
    public static Decision<AlertEvent> Decide(AlertCommand command, AlertRule? state, DateTimeOffset now) => (command, state) switch
    {
        (AlertCommand.Define c, { IsRemoved: false } rule) when Same(c.Body, rule) => Decision<AlertEvent>.Nothing,
        (AlertCommand.Define c, _) => new AlertEvent.Defined(
            c.Rule, c.Body.EventType, c.Body.Subject, c.Body.Action, c.Body.CooldownSeconds, c.Body.Description, c.By, now),

        (AlertCommand.React c, { IsRemoved: false } rule) => React(c.Event, rule, now),
        (AlertCommand.React, _) => Decision<AlertEvent>.Nothing,

        (AlertCommand.Complete c, { } rule) when rule.PendingOn(c.EventId) is { } pending =>
            new AlertEvent.Activated(rule.Name, c.EventId, pending.EventType, pending.EventSubject, c.JobId, c.Cause, now),
        (AlertCommand.Complete, _) => Decision<AlertEvent>.Nothing,

        (AlertCommand.Remove, { IsRemoved: false }) => new AlertEvent.Removed(now),
        (AlertCommand.Remove c, _) => Unknown(c.Rule),

        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>The refusal for a rule that is not there.</summary>
    public static Rejection Unknown(string rule) => Rejection.NotFound("alert.unknown", $"There is no alert rule '{rule}'.");

    /// <summary>Whether the rule is about such events.</summary>
    public static bool Matches(AlertRule rule, string eventType, string subject) =>
        !rule.IsRemoved && rule.EventType == eventType && (rule.Subject is null || rule.Subject == subject);

    private static Decision<AlertEvent> React(MeshEvent e, AlertRule rule, DateTimeOffset now)
    {
        if (!Matches(rule, e.Type, e.Subject) || rule.Recent.Contains(e.Id) || IsOwnJob(e, rule)) return Decision<AlertEvent>.Nothing;
        if (rule.LastTriggeredAt is { } last && now - last < TimeSpan.FromSeconds(rule.CooldownSeconds)) return new AlertEvent.Suppressed(e.Id, now);
        return new AlertEvent.Triggered(e.Id, e.Type, e.Subject, now);
    }

    // A rule that submits a job on job.failed, and whose job fails, would go on forever.
    private static bool IsOwnJob(MeshEvent e, AlertRule rule) =>
        (Guid.TryParse(e.Subject, out var id) && rule.Jobs.Contains(id))
        || (e.Data.ValueKind == JsonValueKind.Object && e.Data.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Object
            && tags.TryGetProperty(AlertJob.RuleTag, out var tag) && tag.ValueKind == JsonValueKind.String && tag.GetString() == rule.Name);

    private static bool Same(DefineAlertRule body, AlertRule rule) =>
        body.EventType == rule.EventType && body.Subject == rule.Subject && body.CooldownSeconds == rule.CooldownSeconds && body.Description == rule.Description
        && JsonSerializer.Serialize(body.Action, MeshJson.Tolerant) == JsonSerializer.Serialize(rule.Action, MeshJson.Tolerant);
}
