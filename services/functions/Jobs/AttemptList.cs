using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>The attempts of a job as the API shows them: those that a worker had, and the one that waits or was ended while it waited.</summary>
internal static class AttemptList
{
    public static IReadOnlyList<AttemptInfo> Of(Job job)
    {
        var attempts = new List<AttemptInfo>(job.Attempts.Count + 1);
        for (var i = 0; i < job.Attempts.Count; i++) attempts.Add(Had(job, i));
        var queuedAt = job.Attempts is [.., { EndedAt: { } before }] ? before : job.SubmittedAt;
        var number = job.Attempts.Count + 1;
        if (job.Status == JobStatus.Queued)
            attempts.Add(new AttemptInfo(number, AttemptState.Queued, null, [new(AttemptState.Queued, queuedAt)], null, null, null, null, null, null));
        else if (job.EndedAt is { } ended && (job.Attempts.Count == 0 || job.Attempts[^1].EndedAt < ended))
        {
            var (state, code) = job.Status == JobStatus.Aborted ? (AttemptState.Aborted, CauseCode.Aborted) : (AttemptState.TimedOut, job.Policy?.DeadlineAt <= ended ? CauseCode.Deadline : CauseCode.TimeOut);
            attempts.Add(new AttemptInfo(number, state, null, [new(AttemptState.Queued, queuedAt), new(state, ended)], null, null, job.Cause, code, null, null));
        }

        return attempts;
    }

    private static AttemptInfo Had(Job job, int index)
    {
        var attempt = job.Attempts[index];
        var steps = new List<AttemptStep>
        {
            new(AttemptState.Queued, index == 0 ? job.SubmittedAt : job.Attempts[index - 1].EndedAt ?? attempt.StartedAt),
            new(AttemptState.Scheduled, attempt.StartedAt),
        };
        if (attempt.PreparingAt is { } preparing) steps.Add(new(AttemptState.Preparing, preparing));
        if (attempt.RunningAt is { } running) steps.Add(new(AttemptState.Running, running));
        if (attempt.EndedAt is { } ended) steps.Add(new(attempt.State(), ended));
        var report = attempt.Report;
        var usage = report is { CpuSeconds: { } cpu, PeakMemoryBytes: { } memory } ? new AttemptUsage(cpu, memory) : null;
        return new AttemptInfo(
            attempt.Number, attempt.State(), attempt.Worker, steps, attempt.ExitCode, report?.Signal, attempt.Cause, CauseCode.Of(attempt), usage, LogOf(job, index));
    }

    /// <summary>What a worker could not tell any more lies between what its neighbours tell: an attempt's output is sent before the next one begins its own.</summary>
    private static AttemptLog? LogOf(Job job, int index)
    {
        var attempt = job.Attempts[index];
        if (attempt.Report is { LogFrom: { } from, LogTo: { } to }) return new AttemptLog(from, to);
        if (attempt.RunningAt is null || attempt is { Report: not null, Report.LogFrom: null }) return null;
        var begin = attempt.Report?.LogFrom ?? (index == 0 ? 0 : job.Attempts[index - 1].Report?.LogTo);
        return begin is null ? null : new AttemptLog(begin.Value, index + 1 < job.Attempts.Count ? job.Attempts[index + 1].Report?.LogFrom : null);
    }
}
