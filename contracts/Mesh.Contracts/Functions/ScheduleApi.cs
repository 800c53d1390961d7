namespace Mesh.Contracts.Functions;

/// <summary>What becomes of times that went by while nothing could fire: the platform was down, or busy for longer than the grace.</summary>
public enum MisfirePolicy
{
    /// <summary>They are left out.</summary>
    Skip,

    /// <summary>The newest of them fires, once for all.</summary>
    FireOnce,

    /// <summary>The newest of them fire, as many as <c>maxCatchUp</c>.</summary>
    CatchUp,
}

/// <summary>What becomes of a time at which the job of the time before has not ended.</summary>
public enum OverlapPolicy
{
    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>It waits until that job has ended.</summary>
    Queue,

    /// <summary>That job is aborted, and the new one submitted.</summary>
    Replace,

    /// <summary>Both run.</summary>
    Allow,
}

/// <summary><c>PUT /api/v1/projects/{project}/schedules/{schedule}</c>: submits a job at given times. Exactly one of cron and everySeconds.</summary>
/// <param name="Job">The job, as it would be submitted; what it leaves open is filled in each time.</param>
/// <param name="Cron">Minute, hour, day, month, weekday; with six fields the first is the second.</param>
/// <param name="TimeZone">Name of the IANA time zone of the cron expression; UTC when absent.</param>
/// <param name="EverySeconds">Interval from the definition on, 1 to 31,536,000 (a year).</param>
/// <param name="JitterSeconds">Each time is put off by a part of this, drawn by lot but always the same for it; 0 to 3,600.</param>
/// <param name="Misfire">Fire once when absent.</param>
/// <param name="GraceSeconds">How late a time may fire without being missed, 1 to 86,400; 60 when absent.</param>
/// <param name="MaxCatchUp">1 to 100; 10 when absent.</param>
/// <param name="Overlap">Skip when absent.</param>
public sealed record PutSchedule(
    SubmitJob Job, string? Cron = null, string? TimeZone = null, int? EverySeconds = null, int? JitterSeconds = null, MisfirePolicy? Misfire = null,
    int? GraceSeconds = null, int? MaxCatchUp = null, OverlapPolicy? Overlap = null, string? Description = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require((Cron is null) != (EverySeconds is null), "cron", "exactly one of cron and everySeconds must be given.");
        faults.Text(Cron, "cron", 250);
        faults.Text(TimeZone, "timeZone", 100);
        faults.Require(TimeZone is null || Cron is not null, "timeZone", "goes with 'cron' only.");
        faults.Require(EverySeconds is null or (>= 1 and <= 31_536_000), "everySeconds", "must be 1 to 31,536,000 (a year).");
        faults.Require(JitterSeconds is null or (>= 0 and <= 3600), "jitterSeconds", "must be 0 to 3,600.");
        faults.Require(GraceSeconds is null or (>= 1 and <= 86_400), "graceSeconds", "must be 1 to 86,400.");
        faults.Require(MaxCatchUp is null or (>= 1 and <= 100), "maxCatchUp", "must be 1 to 100.");
        faults.Text(Description, "description", 5000);
        var job = new Faults();
        Job.Check(job);
        foreach (var fault in job.Items) faults.Add($"job.{fault.Field}", fault.Message);
    }
}

/// <summary>A schedule.</summary>
/// <param name="NextAt">When it fires next, its jitter counted in; absent while it is paused, or when its expression never comes again.</param>
/// <param name="Waiting">Times that wait for the job of the time before.</param>
/// <param name="LastDueAt">The time that fired last.</param>
/// <param name="LastJobId">The job that came of it.</param>
/// <param name="LastSkipped">Why the time that was left out last was left out.</param>
public sealed record ScheduleInfo(
    string Name, string? Cron, string TimeZone, int? EverySeconds, int JitterSeconds, MisfirePolicy Misfire, int GraceSeconds, int MaxCatchUp,
    OverlapPolicy Overlap, string? Description, SubmitJob Job, bool IsPaused, DateTimeOffset? NextAt, IReadOnlyList<DateTimeOffset> Waiting,
    DateTimeOffset? LastDueAt, Guid? LastJobId, string? LastSkipped, string DefinedBy, DateTimeOffset DefinedAt, long Version);

/// <summary><c>GET …/schedules/{schedule}/next?n=</c></summary>
/// <param name="Times">When it is due next, jitter not counted in.</param>
public sealed record ScheduleTimes(IReadOnlyList<DateTimeOffset> Times);

/// <summary><c>POST …/schedules/{schedule}/backfill</c>: a job for each due time from one moment until before another. A time that has its job gets no second one.</summary>
public sealed record BackfillSchedule(DateTimeOffset From, DateTimeOffset To) : IChecked
{
    public void Check(Faults faults) => faults.Require(From < To, "to", "must be after 'from'.");
}

/// <summary>A due time and its job.</summary>
/// <param name="IsNew">False if the time had its job already.</param>
public sealed record BackfilledTime(DateTimeOffset DueAt, Guid JobId, bool IsNew);

/// <summary>What a backfill came to.</summary>
public sealed record BackfillInfo(IReadOnlyList<BackfilledTime> Times);
