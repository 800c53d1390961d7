using Mesh.Contracts.Events;

namespace Mesh.Contracts.Functions;

/// <summary>A schedule was defined, or defined anew.</summary>
[EventType("schedule.defined")]
public sealed record ScheduleDefined(string Schedule, string? Cron, string? TimeZone, int? EverySeconds) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Schedule;
}

/// <summary>A time of a schedule came, and its job was submitted.</summary>
[EventType("schedule.fired")]
public sealed record ScheduleFired(string Schedule, DateTimeOffset DueAt, Guid JobId) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Schedule;
}

/// <summary>A time of a schedule was left out.</summary>
[EventType("schedule.skipped")]
public sealed record ScheduleSkipped(string Schedule, DateTimeOffset DueAt, string Reason) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Schedule;
}
