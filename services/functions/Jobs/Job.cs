using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>How an attempt ended.</summary>
public enum AttemptEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>Exit code 0.</summary>
    Succeeded,

    /// <summary>Another exit code, a timeout, or it could not be started.</summary>
    Failed,

    /// <summary>Its worker fell silent.</summary>
    LeaseLost,

    /// <summary>Its worker went away in order; it does not count.</summary>
    Released,

    /// <summary>Ended by abort.</summary>
    Aborted,

    /// <summary>It took too long.</summary>
    TimedOut,
}

/// <summary>One try of a job.</summary>
public sealed record Attempt(
    int Number, string Worker, DateTimeOffset StartedAt, AttemptEnd End = AttemptEnd.None, DateTimeOffset? EndedAt = null, int? ExitCode = null,
    string? Cause = null, DateTimeOffset? PreparingAt = null, DateTimeOffset? RunningAt = null, AttemptReport? Report = null)
{
    /// <summary>Where it is in its life.</summary>
    public AttemptState State() => End switch
    {
        AttemptEnd.None when RunningAt is not null => AttemptState.Running,
        AttemptEnd.None when PreparingAt is not null => AttemptState.Preparing,
        AttemptEnd.None => AttemptState.Scheduled,
        AttemptEnd.Succeeded => AttemptState.Succeeded,
        AttemptEnd.Failed => AttemptState.Failed,
        AttemptEnd.TimedOut => AttemptState.TimedOut,
        AttemptEnd.LeaseLost => AttemptState.Lost,
        AttemptEnd.Released => AttemptState.Released,
        AttemptEnd.Aborted => AttemptState.Aborted,
        _ => throw new InvalidOperationException($"There is no end {End}."),
    };
}

/// <summary>A job: a fold over its events. The queue finds due jobs by querying its stored snapshot.</summary>
public sealed record Job
{
    /// <summary>Stream key: the job's id in text form.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    public required string Name { get; init; }

    public required string Experiment { get; init; }

    public required JobWork Work { get; init; }

    public required IReadOnlyDictionary<string, string> Params { get; init; }

    public required IReadOnlyList<string> Secrets { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required int MaxAttempts { get; init; }

    public required int TimeoutSeconds { get; init; }

    /// <summary>Higher goes first; jobs of the same priority go in the order of their submission.</summary>
    public int Priority { get; init; }

    /// <summary>What else was said about its attempts; null when nothing was.</summary>
    public JobPolicy? Policy { get; init; }

    public required string SubmittedBy { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Fingerprint of the request that made it, when that carried an idempotency key.</summary>
    public string? Fingerprint { get; init; }

    public JobStatus Status { get; init; }

    /// <summary>From when on a worker may take it; null unless queued.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Every attempt, oldest first; attempt n is at n - 1.</summary>
    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Why it failed or was aborted; while queued again, why the last attempt ended.</summary>
    public string? Cause { get; init; }

    /// <summary>Why somebody asked for an abort.</summary>
    public string? AbortReason { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Number of the newest attempt, 0 before the first.</summary>
    public int LastAttempt() => Attempts.Count;

    /// <summary>How many attempts count against <see cref="MaxAttempts"/>.</summary>
    public int CountedAttempts() => Attempts.Count(a => a.End != AttemptEnd.Released);

    /// <summary>Whether nothing more will happen to it.</summary>
    public bool HasEnded() => Status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Aborted;

    /// <summary>Whether a worker holds it.</summary>
    public bool IsHeld() => Status is JobStatus.Running or JobStatus.Aborting;

    public static Job Create(JobEvent.Submitted e) => new()
    {
        Id = e.JobId.ToString(),
        Name = e.Name,
        Experiment = e.Experiment,
        Work = e.Work,
        Params = e.Params,
        Secrets = e.Secrets,
        Tags = e.Tags,
        MaxAttempts = e.MaxAttempts,
        TimeoutSeconds = e.TimeoutSeconds,
        Priority = e.Priority,
        Policy = e.Policy,
        SubmittedBy = e.By,
        SubmittedAt = e.At,
        Fingerprint = e.Fingerprint,
        Status = JobStatus.Queued,
        DueAt = e.At,
    };

    public Job Apply(JobEvent.Started e) => this with
    {
        Status = JobStatus.Running,
        DueAt = null,
        Cause = null,
        Attempts = [.. Attempts, new Attempt(e.Attempt, e.Worker, e.At)],
    };

    public Job Apply(JobEvent.AttemptAdvanced e) => this with
    {
        Attempts =
        [
            .. Attempts.SkipLast(1),
            e.State == AttemptState.Running ? Attempts[^1] with { RunningAt = e.At } : Attempts[^1] with { PreparingAt = e.At },
        ],
    };

    public Job Apply(JobEvent.AttemptAdopted e) => this with { Attempts = [.. Attempts.SkipLast(1), Attempts[^1] with { Worker = e.Worker }] };

    public Job Apply(JobEvent.AttemptFailed e) => Requeue(EndOf(e.Report), e.NextAttemptAt, e.At, e.Cause, e.ExitCode, e.Report);

    public Job Apply(JobEvent.LeaseLost e) => Requeue(AttemptEnd.LeaseLost, e.NextAttemptAt, e.At, e.Cause, null, e.Report);

    public Job Apply(JobEvent.Released e) => Requeue(AttemptEnd.Released, e.At, e.At, e.Cause, null, e.Report);

    public Job Apply(JobEvent.Succeeded e) => Close(JobStatus.Succeeded, AttemptEnd.Succeeded, e.At, null, 0, e.Report);

    public Job Apply(JobEvent.Failed e) => Close(JobStatus.Failed, e.IsLeaseLost ? AttemptEnd.LeaseLost : EndOf(e.Report), e.At, e.Cause, e.ExitCode, e.Report);

    public Job Apply(JobEvent.AbortRequested e) => this with { Status = IsHeld() ? JobStatus.Aborting : Status, AbortReason = e.Reason };

    public Job Apply(JobEvent.Aborted e) => Close(JobStatus.Aborted, AttemptEnd.Aborted, e.At, e.Reason ?? "Aborted.", null, e.Report);

    /// <summary>The answer of the API.</summary>
    public JobInfo ToInfo() => new(
        Guid.Parse(Id), Name, Experiment, Work.Function, Work.FunctionVersion, Work.Item, Work.Command, Params, Status, Cause, MaxAttempts, TimeoutSeconds,
        [.. Attempts.Select(a => new JobAttempt(a.Number, a.Worker, a.StartedAt, a.EndedAt, a.ExitCode, a.Cause))], DueAt, SubmittedBy, SubmittedAt,
        EndedAt, Version, Policy)
    {
        Inputs = Work.Inputs,
        Distributed = Work.Distributed,
        Profile = Work.Profile ?? Profiles.Profile.BuiltIn,
        Image = Work.Image,
    };

    private static AttemptEnd EndOf(AttemptReport? report) => CauseCode.IsTime(report?.Code) ? AttemptEnd.TimedOut : AttemptEnd.Failed;

    private Job Requeue(AttemptEnd end, DateTimeOffset due, DateTimeOffset at, string cause, int? exitCode, AttemptReport? report) => this with
    {
        Status = JobStatus.Queued,
        DueAt = due,
        Cause = cause,
        Attempts = EndLast(end, at, cause, exitCode, report),
    };

    private Job Close(JobStatus status, AttemptEnd end, DateTimeOffset at, string? cause, int? exitCode, AttemptReport? report) => this with
    {
        Status = status,
        DueAt = null,
        Cause = cause,
        EndedAt = at,
        Attempts = EndLast(end, at, cause, exitCode, report),
    };

    private IReadOnlyList<Attempt> EndLast(AttemptEnd end, DateTimeOffset at, string? cause, int? exitCode, AttemptReport? report) =>
        Attempts is [.., { End: AttemptEnd.None } last]
            ? [.. Attempts.SkipLast(1), last with { End = end, EndedAt = at, Cause = cause, ExitCode = exitCode, Report = report }]
            : Attempts;
}
