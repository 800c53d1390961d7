using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Jobs;

/// <summary>
/// The decisions about jobs. Pure: time, ids and the draw of the back-off are arguments. The same command twice adds nothing, and a report of an
/// attempt that no longer holds the job is refused with <c>job.lease-lost</c>.
/// </summary>
public static class JobDecider
{
    public static Decision<JobEvent> Decide(JobCommand command, Job? state, DateTimeOffset now) => (command, state) switch
    {
        (JobCommand.Submit c, null) => new JobEvent.Submitted(
            c.JobId, c.Name, c.Experiment, c.Work, c.Params, c.Secrets, c.MaxAttempts, c.TimeoutSeconds, c.Priority, c.Tags, c.By, now, c.Fingerprint, c.Policy),
        (JobCommand.Submit c, { } job) when c.Fingerprint is not null && c.Fingerprint == job.Fingerprint => Decision<JobEvent>.Nothing,
        (JobCommand.Submit { Fingerprint: not null }, _) =>
            Rejection.Conflict("idempotency-key.reused", "The idempotency key has been used for another request; use a new key for a new request."),
        (JobCommand.Submit c, _) => Rejection.Conflict("job.exists", $"Job {c.JobId} exists already."),
        (_, null) => Rejection.NotFound("job.unknown", "There is no such job."),
        (JobCommand.Abort c, { } job) => Abort(c, job, now),
        (JobCommand.Claim c, { } job) => Claim(c, job, now),
        (JobCommand.Advance c, { } job) => Advance(c, job, now),
        (JobCommand.Adopt c, { } job) => Adopt(c, job, now),
        (JobCommand.Expire, { } job) => Expire(job, now),
        (JobCommand.Succeed c, { } job) => Report(c.Attempt, AttemptEnd.Succeeded, job, now, c.Report, () => Succeed(c, job, now)),
        (JobCommand.Fail c, { } job) => Report(c.Attempt, AttemptEnd.Failed, job, now, c.Report, () => Fail(c, job, now)),
        (JobCommand.TimeOut c, { } job) => Report(c.Attempt, AttemptEnd.TimedOut, job, now, c.Report, () => TimeOut(c, job, now)),
        (JobCommand.Release c, { } job) => Report(c.Attempt, AttemptEnd.Released, job, now, c.Report, () => Release(c, job, now)),
        (JobCommand.LoseLease c, { } job) => Report(c.Attempt, AttemptEnd.LeaseLost, job, now, null, () => LoseLease(c, job, now)),
        (JobCommand.ConfirmAbort c, { } job) => Report(
            c.Attempt, AttemptEnd.Aborted, job, now, c.Report, () => Rejection.Conflict("job.not-aborting", "Nobody asked for an abort of the job.")),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>Decides what comes after states of an attempt that were not told. A state that can no longer be told is left out; a refusal of what comes after them refuses all.</summary>
    public static Decision<JobEvent> Decide(IReadOnlyList<JobCommand.Advance> untold, JobCommand command, Job? state, DateTimeOffset now)
    {
        if (untold.Count == 0) return Decide(command, state, now);
        var events = new List<JobEvent>();
        foreach (var advance in untold)
        {
            if (Decide(advance, state, now).Events is not [JobEvent.AttemptAdvanced advanced]) continue;
            events.Add(advanced);
            state = state!.Apply(advanced);
        }

        var decision = Decide(command, state, now);
        return decision.Rejected is null ? Decision<JobEvent>.Of([.. events, .. decision.Events]) : decision;
    }

    private static Decision<JobEvent> Abort(JobCommand.Abort c, Job job, DateTimeOffset now)
    {
        if (job.Status is JobStatus.Aborting or JobStatus.Aborted) return Decision<JobEvent>.Nothing;
        if (job.HasEnded()) return Rejection.Conflict("job.ended", $"The job has ended already: it {Words(job.Status)}.");
        var asked = new JobEvent.AbortRequested(c.By, c.Reason, now);
        return job.Status == JobStatus.Queued ? Decision<JobEvent>.Of(asked, new JobEvent.Aborted(job.LastAttempt(), c.Reason, now)) : asked;
    }

    private static Decision<JobEvent> Claim(JobCommand.Claim c, Job job, DateTimeOffset now)
    {
        if (job.IsHeld() && job.LastAttempt() == c.Attempt && job.Attempts[^1].Worker == c.Worker) return Decision<JobEvent>.Nothing;
        if (job.Status != JobStatus.Queued || job.LastAttempt() != c.Attempt - 1)
            return Rejection.Conflict("job.taken", $"Attempt {c.Attempt} is not to be had: the job {Words(job.Status)} at attempt {job.LastAttempt()}.");
        return job.DueAt > now ? Rejection.Conflict("job.not-due", "The job waits for its back-off.") : new JobEvent.Started(c.Attempt, c.Worker, now);
    }

    /// <summary>Lets a report through only if its attempt holds the job. Under an abort every end is an abort.</summary>
    private static Decision<JobEvent> Report(
        int attempt, AttemptEnd end, Job job, DateTimeOffset now, AttemptReport? report, Func<Decision<JobEvent>> decide)
    {
        if (attempt < 1 || attempt > job.LastAttempt()) return Rejection.Conflict("job.attempt-unknown", $"The job has no attempt {attempt}.");
        var reported = job.Attempts[attempt - 1];
        if (reported.End != AttemptEnd.None)
        {
            return reported.End == end || reported.End == AttemptEnd.Aborted
                ? Decision<JobEvent>.Nothing
                : NoLongerHeld(reported);
        }

        return job.Status == JobStatus.Aborting ? new JobEvent.Aborted(attempt, job.AbortReason, now, report) : decide();
    }

    private static Rejection NoLongerHeld(Attempt attempt) =>
        Rejection.Conflict("job.lease-lost", $"Attempt {attempt.Number} no longer holds the job: {attempt.Cause ?? "it has ended"}.");

    /// <summary>An attempt goes forward one state at a time.</summary>
    private static Decision<JobEvent> Advance(JobCommand.Advance c, Job job, DateTimeOffset now)
    {
        if (c.Attempt < 1 || c.Attempt > job.LastAttempt()) return Rejection.Conflict("job.attempt-unknown", $"The job has no attempt {c.Attempt}.");
        var attempt = job.Attempts[c.Attempt - 1];
        if (attempt.End != AttemptEnd.None) return NoLongerHeld(attempt);
        if (attempt.State() == c.State) return Decision<JobEvent>.Nothing;
        if (job.Status == JobStatus.Aborting) return Rejection.Conflict("job.aborting", $"Attempt {c.Attempt} is to end: an abort was asked for.");
        return (attempt.State(), c.State) switch
        {
            (AttemptState.Scheduled, AttemptState.Preparing) or (AttemptState.Preparing, AttemptState.Running) => new JobEvent.AttemptAdvanced(c.Attempt, c.State, c.Since ?? now),
            _ => Illegal(attempt, c.State),
        };
    }

    /// <summary>Only what runs can be gone on with; also under an abort, to end it.</summary>
    private static Decision<JobEvent> Adopt(JobCommand.Adopt c, Job job, DateTimeOffset now)
    {
        if (c.Attempt < 1 || c.Attempt > job.LastAttempt()) return Rejection.Conflict("job.attempt-unknown", $"The job has no attempt {c.Attempt}.");
        var attempt = job.Attempts[c.Attempt - 1];
        if (attempt.End != AttemptEnd.None) return NoLongerHeld(attempt);
        if (attempt.State() != AttemptState.Running) return Rejection.Conflict("attempt.transition", $"Attempt {c.Attempt} is {Words(attempt.State())}: nothing of it runs yet.");
        return attempt.Worker == c.Worker ? Decision<JobEvent>.Nothing : new JobEvent.AttemptAdopted(c.Attempt, c.Worker, now);
    }

    private static Rejection Illegal(Attempt attempt, AttemptState next) => Rejection.Conflict(
        "attempt.transition", $"Attempt {attempt.Number} is {Words(attempt.State())} and cannot become {Words(next)}.");

    private static Decision<JobEvent> Succeed(JobCommand.Succeed c, Job job, DateTimeOffset now)
    {
        var attempt = job.Attempts[c.Attempt - 1];
        return attempt.State() == AttemptState.Running ? new JobEvent.Succeeded(c.Attempt, now, c.Report) : Illegal(attempt, AttemptState.Succeeded);
    }

    private static JobEvent Fail(JobCommand.Fail c, Job job, DateTimeOffset now, RetryClass end = RetryClass.Failed) =>
        !c.IsFinal && NextAttempt(job, end, c.ExitCode, c.BackOff, now) is { } next
            ? new JobEvent.AttemptFailed(c.Attempt, c.Cause, c.ExitCode, next, now, c.Report)
            : new JobEvent.Failed(c.Attempt, c.Cause, c.ExitCode, now, Report: c.Report);

    private static JobEvent TimeOut(JobCommand.TimeOut c, Job job, DateTimeOffset now)
    {
        var (code, cause) = c.Limit switch
        {
            TimeLimit.Running => (CauseCode.TimeOut, $"ran longer than its timeout of {job.TimeoutSeconds} s and was ended"),
            TimeLimit.Preparing => (CauseCode.TimeOut, $"was prepared for longer than its timeout of {job.Policy?.Timeouts?.PreparingSeconds} s and was ended"),
            TimeLimit.Deadline => (CauseCode.Deadline, DeadlineCause(job)),
            _ => throw new ArgumentOutOfRangeException(nameof(c)),
        };
        var report = (c.Report ?? new AttemptReport()) with { Code = code };
        return Fail(new JobCommand.Fail(c.Attempt, cause, null, c.BackOff, c.Limit == TimeLimit.Deadline, report), job, now, RetryClass.TimedOut);
    }

    private static Decision<JobEvent> Expire(Job job, DateTimeOffset now)
    {
        if (job.Status != JobStatus.Queued) return Decision<JobEvent>.Nothing;
        if (job.Policy?.DeadlineAt <= now)
            return new JobEvent.Failed(job.LastAttempt(), DeadlineCause(job), null, now, Report: new AttemptReport(CauseCode.Deadline));
        return job.Policy?.Timeouts?.QueuedSeconds is { } most && job.DueAt?.AddSeconds(most) <= now
            ? new JobEvent.Failed(job.LastAttempt(), $"waited longer for a worker than its timeout of {most} s", null, now, Report: new AttemptReport(CauseCode.TimeOut))
            : Decision<JobEvent>.Nothing;
    }

    /// <summary>When the next attempt may start; null when none may.</summary>
    private static DateTimeOffset? NextAttempt(Job job, RetryClass end, int? exitCode, BackOff backOff, DateTimeOffset now)
    {
        if (job.CountedAttempts() >= job.MaxAttempts) return null;
        var retry = job.Policy?.Retry;
        if (retry?.On is { } on && !on.Contains(end)) return null;
        if (exitCode is { } code && (retry?.NotExitCodes?.Contains(code) == true || retry?.OnlyExitCodes?.Contains(code) == false)) return null;
        var next = now + backOff.With(retry?.BackOff).After(job.CountedAttempts());
        return job.Policy?.DeadlineAt <= next ? null : next;
    }

    private static JobEvent.Released Release(JobCommand.Release c, Job job, DateTimeOffset now)
    {
        var worker = job.Attempts[c.Attempt - 1].Worker;
        return new JobEvent.Released(c.Attempt, worker, $"worker {worker} {(c.HadNoSlot ? "had no slot for the job after all" : "went away")} and handed the job back", now, c.Report);
    }

    private static JobEvent LoseLease(JobCommand.LoseLease c, Job job, DateTimeOffset now)
    {
        var held = job.Attempts[c.Attempt - 1];
        var cause = $"worker {held.Worker} lost its lease (no heartbeat since {Time(c.LastHeartbeat ?? held.StartedAt)})";
        return NextAttempt(job, RetryClass.Lost, null, c.BackOff, now) is { } next
            ? new JobEvent.LeaseLost(c.Attempt, held.Worker, cause, next, now)
            : new JobEvent.Failed(c.Attempt, cause, null, now, IsLeaseLost: true);
    }

    private static string DeadlineCause(Job job) => $"had not ended by its deadline ({Time(job.Policy!.DeadlineAt!.Value)})";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Words(AttemptState state) => state == AttemptState.TimedOut ? "timed out" : state.ToString().ToLowerInvariant();

    private static string Words(JobStatus status) => status switch
    {
        JobStatus.Queued => "waits in the queue",
        JobStatus.Running => "is running",
        JobStatus.Succeeded => "succeeded",
        JobStatus.Failed => "failed",
        JobStatus.Aborting => "is being aborted",
        JobStatus.Aborted => "was aborted",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
