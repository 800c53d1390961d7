using System.Globalization;
using JasperFx;
using Marten;
using Marten.Exceptions;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Schedules;

/// <summary>Submits the jobs of schedules. A job and the word that it was submitted are one transaction, so a time is fired once whoever dies on the way.</summary>
internal sealed class ScheduleRunner(IFunctionsStore store, JobSubmission submission, JobWriter writer, QueueSignal signal, TimeProvider clock)
{
    private const string ScheduleTag = "mesh.schedule";
    private const string DueTag = "mesh.due-at";

    /// <summary>Fires what is due of one schedule, if no other replica is faster.</summary>
    public async Task FireAsync(string project, string key, CancellationToken ct)
    {
        await using var session = store.OpenSession(JobWriter.Self, project);
        if (await session.LoadAsync<Schedule>(key, ct) is not { } seen) return;
        var (job, refusal) = await ResolveAsync(session, project, seen, ct);
        var lastRuns = seen.LastJobId is { } last && await session.LoadAsync<Job>(last.ToString(), ct) is { } before && !before.HasEnded();
        var now = clock.GetUtcNow();
        // Which of the jobs to come a backfill has made already.
        var wanted = ScheduleDecider.Fire(project, seen, lastRuns, refusal, _ => false, now).Events.OfType<ScheduleEvent.Fired>().Select(f => f.JobId.ToString()).ToArray();
        var there = (await session.LoadManyAsync<Job>(ct, wanted)).Select(j => Guid.Parse(j.Id)).ToHashSet();
        var written = await session.DecideAsync<Schedule, ScheduleEvent>(
            key, state => state?.Version == seen.Version
                ? ScheduleDecider.Fire(project, state, lastRuns, refusal, there.Contains, now)
                : Decision<ScheduleEvent>.Nothing,
            ct);
        foreach (var fired in written.Events.OfType<ScheduleEvent.Fired>())
        {
            if (fired.Replaces is { } replaced) await AbortAsync(session, project, replaced, seen.Name, ct);
            await SubmitAsync(session, project, Command(fired.JobId, seen, job!, fired.DueAt), job!, ct);
        }

        if (written.Events.Count == 0) return;
        try
        {
            await session.SaveChangesAsync(ct);
            signal.Wake();
        }
        catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException)
        {
            // Another replica was faster, or the schedule was changed in this moment: the next look tells.
        }
    }

    /// <summary>Submits the job of each time that has none.</summary>
    /// <returns>The times with their jobs; or why none could be submitted.</returns>
    public async Task<(BackfillInfo? Filled, Rejection? Rejected)> BackfillAsync(
        string project, Schedule schedule, IReadOnlyList<DateTimeOffset> times, CancellationToken ct)
    {
        await using var query = store.OpenQuery(project);
        var stored = await query.LoadAsync<ScheduleJob>(ScheduleJob.KeyOf(schedule.Name, schedule.Revision), ct);
        var (job, rejected) = await submission.ResolveAsync(project, stored!.Job, ct);
        if (job is null) return (null, rejected);
        var filled = new List<BackfilledTime>(times.Count);
        foreach (var due in times)
        {
            var id = ScheduleDecider.JobOf(project, schedule.Name, due);
            var written = await writer.WriteAsync(JobWriter.Self, project, id.ToString(), Command(id, schedule, job, due), ct, session => StoreVariables(session, id, job));
            filled.Add(new BackfilledTime(due, id, written.Events.Count > 0));
        }

        return (new BackfillInfo(filled), null);
    }

    private async Task<(ResolvedJob? Job, string? Refusal)> ResolveAsync(IDocumentSession session, string project, Schedule schedule, CancellationToken ct)
    {
        if (await session.LoadAsync<ScheduleJob>(ScheduleJob.KeyOf(schedule.Name, schedule.Revision), ct) is not { } stored) return (null, "its job is not to be found");
        var (job, rejected) = await submission.ResolveAsync(project, stored.Job, ct);
        return (job, job is null ? rejected!.Detail : null);
    }

    private static JobCommand.Submit Command(Guid id, Schedule schedule, ResolvedJob job, DateTimeOffset due)
    {
        var tags = new Dictionary<string, string>(job.Tags, StringComparer.Ordinal)
        {
            [ScheduleTag] = schedule.Name,
            [DueTag] = due.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        };
        // The fingerprint makes the same submission the same job.
        return new JobCommand.Submit(
            id, job.Name, job.Experiment, job.Work, job.Params, job.Secrets, job.MaxAttempts, job.TimeoutSeconds, job.Policy?.Priority ?? 0, tags, schedule.DefinedBy,
            Schedule.KeyOf(schedule.Name), job.Policy);
    }

    private async Task SubmitAsync(IDocumentSession session, string project, JobCommand.Submit command, ResolvedJob job, CancellationToken ct)
    {
        var id = command.JobId.ToString();
        var written = await session.DecideAsync<Job, JobEvent>(id, state => JobDecider.Decide(command, state, clock.GetUtcNow()), ct);
        writer.Follow(session, project, id, written.Events);
        StoreVariables(session, command.JobId, job);
    }

    private async Task AbortAsync(IDocumentSession session, string project, Guid job, string schedule, CancellationToken ct)
    {
        var command = new JobCommand.Abort(JobWriter.Self.Name, $"The next time of the schedule '{schedule}' came.");
        var written = await session.DecideAsync<Job, JobEvent>(job.ToString(), state => JobDecider.Decide(command, state, clock.GetUtcNow()), ct);
        writer.Follow(session, project, job.ToString(), written.Events);
    }

    private static void StoreVariables(IDocumentSession session, Guid id, ResolvedJob job)
    {
        if (job.Environment.Count > 0) session.Store(new JobEnvironment(id.ToString(), job.Environment));
    }
}
