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
            c.JobId, c.Name, c.Experiment, c.Work, c.Params, c.Secrets, c.MaxAttempts, c.TimeoutSeconds, c.Priority, c.Tags, c.By, now, c.Fingerprint),
        (JobCommand.Submit c, { } job) when c.Fingerprint is not null && c.Fingerprint == job.Fingerprint => Decision<JobEvent>.Nothing,
        (JobCommand.Submit { Fingerprint: not null }, _) =>
            Rejection.Conflict("idempotency-key.reused", "The idempotency key has been used for another request; use a new key for a new request."),
        (JobCommand.Submit c, _) => Rejection.Conflict("job.exists", $"Job {c.JobId} exists already."),
        (_, null) => Rejection.NotFound("job.unknown", "There is no such job."),
        (JobCommand.Abort c, { } job) => Abort(c, job, now),
        (JobCommand.Claim c, { } job) => Claim(c, job, now),
        (JobCommand.Succeed c, { } job) => Report(c.Attempt, AttemptEnd.Succeeded, job, now, () => new JobEvent.Succeeded(c.Attempt, now)),
        (JobCommand.Fail c, { } job) => Report(c.Attempt, AttemptEnd.Failed, job, now, () => Fail(c, job, now)),
        (JobCommand.TimeOut c, { } job) => Report(
            c.Attempt, AttemptEnd.Failed, job, now, () => Fail(new JobCommand.Fail(c.Attempt, TimeoutCause(job), null, c.BackOff), job, now)),
        (JobCommand.Release c, { } job) => Report(c.Attempt, AttemptEnd.Released, job, now, () => Release(c.Attempt, job, now)),
        (JobCommand.LoseLease c, { } job) => Report(c.Attempt, AttemptEnd.LeaseLost, job, now, () => LoseLease(c, job, now)),
        (JobCommand.ConfirmAbort c, { } job) => Report(
            c.Attempt, AttemptEnd.Aborted, job, now, () => Rejection.Conflict("job.not-aborting", "Nobody asked for an abort of the job.")),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

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
    private static Decision<JobEvent> Report(int attempt, AttemptEnd end, Job job, DateTimeOffset now, Func<Decision<JobEvent>> decide)
    {
        if (attempt < 1 || attempt > job.LastAttempt()) return Rejection.Conflict("job.attempt-unknown", $"The job has no attempt {attempt}.");
        var reported = job.Attempts[attempt - 1];
        if (reported.End != AttemptEnd.None)
        {
            return reported.End == end || reported.End == AttemptEnd.Aborted
                ? Decision<JobEvent>.Nothing
                : Rejection.Conflict("job.lease-lost", $"Attempt {attempt} no longer holds the job: {reported.Cause ?? "it has ended"}.");
        }

        return job.Status == JobStatus.Aborting ? new JobEvent.Aborted(attempt, job.AbortReason, now) : decide();
    }

    private static Decision<JobEvent> Fail(JobCommand.Fail c, Job job, DateTimeOffset now) =>
        job.CountedAttempts() < job.MaxAttempts && !c.IsFinal
            ? new JobEvent.AttemptFailed(c.Attempt, c.Cause, c.ExitCode, now + c.BackOff.After(job.CountedAttempts()), now)
            : new JobEvent.Failed(c.Attempt, c.Cause, c.ExitCode, now);

    private static JobEvent.Released Release(int attempt, Job job, DateTimeOffset now)
    {
        var worker = job.Attempts[attempt - 1].Worker;
        return new JobEvent.Released(attempt, worker, $"worker {worker} went away and handed the job back", now);
    }

    private static Decision<JobEvent> LoseLease(JobCommand.LoseLease c, Job job, DateTimeOffset now)
    {
        var held = job.Attempts[c.Attempt - 1];
        var since = (c.LastHeartbeat ?? held.StartedAt).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var cause = $"worker {held.Worker} lost its lease (no heartbeat since {since})";
        return job.CountedAttempts() < job.MaxAttempts
            ? new JobEvent.LeaseLost(c.Attempt, held.Worker, cause, now + c.BackOff.After(job.CountedAttempts()), now)
            : new JobEvent.Failed(c.Attempt, cause, null, now, IsLeaseLost: true);
    }

    private static string TimeoutCause(Job job) => $"ran longer than its timeout of {job.TimeoutSeconds} s and was ended";

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
