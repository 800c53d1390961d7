namespace Mesh.Functions.Schedules;

/// <summary>A schedule: a fold over its events. Due ones are found by querying its stored snapshot.</summary>
public sealed record Schedule
{
    /// <summary>Stream key, see <see cref="KeyOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    public required string Name { get; init; }

    public int Revision { get; init; }

    public required ScheduleTrigger Trigger { get; init; }

    public required SchedulePolicy Policy { get; init; }

    public string? Description { get; init; }

    public required string DefinedBy { get; init; }

    /// <summary>Intervals are counted from here.</summary>
    public required DateTimeOffset DefinedAt { get; init; }

    public bool IsPaused { get; init; }

    public bool IsDeleted { get; init; }

    /// <summary>The next due time; null while it stands still.</summary>
    public DateTimeOffset? NextDueAt { get; init; }

    /// <summary>The same with its jitter: the time at which it fires.</summary>
    public DateTimeOffset? FireAt { get; init; }

    /// <summary>Due times that wait for the last job, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Waiting { get; init; } = [];

    /// <summary>Whether any waits.</summary>
    public bool IsWaiting { get; init; }

    public DateTimeOffset? LastDueAt { get; init; }

    public Guid? LastJobId { get; init; }

    public string? LastSkipped { get; init; }

    /// <summary>Stream key of a schedule: apart from functions and jobs.</summary>
    public static string KeyOf(string name) => $"schedule:{name}";

    public static Schedule Create(ScheduleEvent.Defined e) =>
        new Schedule { Id = KeyOf(e.Name), Name = e.Name, Trigger = e.Trigger, Policy = e.Policy, DefinedBy = e.By, DefinedAt = e.At }.Apply(e);

    public Schedule Apply(ScheduleEvent.Defined e) => (this with
    {
        Revision = e.Revision,
        Trigger = e.Trigger,
        Policy = e.Policy,
        Description = e.Description,
        DefinedBy = e.By,
        DefinedAt = e.At,
        IsDeleted = false,
        IsPaused = !IsDeleted && IsPaused,
    }).Next(e.NextDueAt);

    public Schedule Apply(ScheduleEvent.Paused e) => (this with { IsPaused = true, Waiting = [], IsWaiting = false }).Next(null);

    public Schedule Apply(ScheduleEvent.Resumed e) => (this with { IsPaused = false }).Next(e.NextDueAt);

    public Schedule Apply(ScheduleEvent.Deleted e) => (this with { IsDeleted = true, Waiting = [], IsWaiting = false }).Next(null);

    public Schedule Apply(ScheduleEvent.Fired e) => Without(e.DueAt).Next(e.NextDueAt) with { LastDueAt = e.DueAt, LastJobId = e.JobId };

    public Schedule Apply(ScheduleEvent.PutOff e) => (this with { Waiting = [.. Waiting, e.DueAt], IsWaiting = true }).Next(e.NextDueAt);

    public Schedule Apply(ScheduleEvent.Skipped e) => Without(e.DueAt).Next(e.NextDueAt) with { LastSkipped = e.Reason };

    public Schedule Apply(ScheduleEvent.Missed e) => Next(e.NextDueAt);

    public Schedule Apply(ScheduleEvent.Backfilled e) => this;

    private Schedule Without(DateTimeOffset due)
    {
        var waiting = Waiting.Where(w => w != due).ToList();
        return this with { Waiting = waiting, IsWaiting = waiting.Count > 0 };
    }

    private Schedule Next(DateTimeOffset? due) => this with { NextDueAt = due, FireAt = due is { } at ? Trigger.FireAt(Name, at) : null };
}
