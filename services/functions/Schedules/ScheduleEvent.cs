using Mesh.Contracts.Functions;

namespace Mesh.Functions.Schedules;

/// <summary>What happens to a schedule. The job that it submits lies beside the stream (<see cref="ScheduleJob"/>): it may hold variables.</summary>
public abstract record ScheduleEvent
{
    private ScheduleEvent()
    {
    }

    /// <summary>It was defined, or defined anew. Stored as <c>schedule.defined</c>.</summary>
    /// <param name="Revision">Counts definitions; finds the job.</param>
    public sealed record Defined(
        string Name, int Revision, ScheduleTrigger Trigger, SchedulePolicy Policy, string? Description, DateTimeOffset? NextDueAt, string By, DateTimeOffset At) : ScheduleEvent;

    /// <summary>It stands still. Stored as <c>schedule.paused</c>.</summary>
    public sealed record Paused(string By, DateTimeOffset At) : ScheduleEvent;

    /// <summary>It goes on; what was due meanwhile is not missed. Stored as <c>schedule.resumed</c>.</summary>
    public sealed record Resumed(DateTimeOffset? NextDueAt, string By, DateTimeOffset At) : ScheduleEvent;

    /// <summary>It is no more. Stored as <c>schedule.deleted</c>.</summary>
    public sealed record Deleted(string By, DateTimeOffset At) : ScheduleEvent;

    /// <summary>A time came and its job was submitted, in the same transaction. Stored as <c>schedule.fired</c>.</summary>
    /// <param name="Replaces">The job that was aborted for it.</param>
    public sealed record Fired(DateTimeOffset DueAt, Guid JobId, Guid? Replaces, DateTimeOffset? NextDueAt, DateTimeOffset At) : ScheduleEvent;

    /// <summary>A time came and waits for the job of the time before. Stored as <c>schedule.put-off</c>.</summary>
    public sealed record PutOff(DateTimeOffset DueAt, DateTimeOffset? NextDueAt, DateTimeOffset At) : ScheduleEvent;

    /// <summary>A time was left out. Stored as <c>schedule.skipped</c>.</summary>
    public sealed record Skipped(DateTimeOffset DueAt, string Reason, DateTimeOffset? NextDueAt, DateTimeOffset At) : ScheduleEvent;

    /// <summary>Times that went by are left out. Stored as <c>schedule.missed</c>.</summary>
    public sealed record Missed(DateTimeOffset From, DateTimeOffset Until, DateTimeOffset? NextDueAt, DateTimeOffset At) : ScheduleEvent;

    /// <summary>Jobs were submitted for times that went by. Stored as <c>schedule.backfilled</c>.</summary>
    public sealed record Backfilled(DateTimeOffset From, DateTimeOffset To, int Jobs, string By, DateTimeOffset At) : ScheduleEvent;
}

/// <summary>What a schedule does when times went by or jobs overlap.</summary>
public sealed record SchedulePolicy(MisfirePolicy Misfire, int GraceSeconds, int MaxCatchUp, OverlapPolicy Overlap);

/// <summary>The job of a revision of a schedule, stored beside its stream. Immutable.</summary>
public sealed record ScheduleJob(string Id, SubmitJob Job)
{
    public static string KeyOf(string schedule, int revision) => $"{schedule}:{revision}";
}
