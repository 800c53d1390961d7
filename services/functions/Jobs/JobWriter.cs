using Marten;
using Mesh.Functions.Queue;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Jobs;

/// <summary>Writes jobs together with what hangs on them: the lease in the same transaction, and the announcement that the queue has changed.</summary>
internal sealed class JobWriter(
    GroupCommit<IFunctionsStore> commands, QueueSignal signal, WorkerIdentity worker, IOptions<FunctionsOptions> options, TimeProvider clock)
{
    private const string Announce = $"notify {QueueSchema.Channel}";

    /// <summary>How the service names itself when it acts by itself.</summary>
    public static Caller Self { get; } = Caller.Service("functions");

    /// <summary>Carries out a command.</summary>
    public Task<Written<Job, JobEvent>> WriteAsync(
        Caller caller, string project, string jobId, JobCommand command, CancellationToken ct, Action<IDocumentSession>? alongside = null) =>
        WriteAsync(caller, project, jobId, [], command, ct, alongside);

    /// <summary>Carries out a command on an attempt that has gone through states that nobody was told.</summary>
    public Task<Written<Job, JobEvent>> WriteAsync(AttemptKey key, IReadOnlyList<JobCommand.Advance> untold, JobCommand command) =>
        WriteAsync(Self, key.Project, key.JobId, untold, command, CancellationToken.None);

    /// <summary>Adds to a session what must go with events of a job.</summary>
    public void Follow(IDocumentSession session, string project, string jobId, IReadOnlyList<JobEvent> events)
    {
        foreach (var e in events)
        {
            MoveInQueue(session, project, jobId, e);
            if (e is JobEvent.Started started)
            {
                session.QueueSqlCommand(
                    JobQueue.TakeLease, project, jobId, started.Attempt, worker.Name, worker.Scope, worker.ProcessId, worker.ProcessStarted,
                    options.Value.LeaseSeconds);
            }
            else if (EndOf(e) is { } attempt)
            {
                session.QueueSqlCommand(JobQueue.DropLease, project, jobId, attempt);
            }
        }

        // A queued job or an abort is news to every worker; an end may be news to a purge.
        if (events.Any(e => e is not (JobEvent.Started or JobEvent.AttemptAdvanced or JobEvent.AttemptAdopted))) session.QueueSqlCommand(Announce);
    }

    private async Task<Written<Job, JobEvent>> WriteAsync(
        Caller caller, string project, string jobId, IReadOnlyList<JobCommand.Advance> untold, JobCommand command, CancellationToken ct, Action<IDocumentSession>? alongside = null)
    {
        var written = await commands.WriteAsync<Job, JobEvent>(
            caller, project, jobId, job => JobDecider.Decide(untold, command, job, clock.GetUtcNow()), ct, (session, events) =>
            {
                Follow(session, project, jobId, events);
                alongside?.Invoke(session);
            });
        if (written.Events.Any(e => e is not (JobEvent.AttemptAdvanced or JobEvent.AttemptAdopted))) signal.Wake();
        if (written is { Events.Count: > 0, State: { EndedAt: { } ended } job })
        {
            MeshMetrics.JobDuration.Record(
                (ended - job.SubmittedAt).TotalSeconds, new KeyValuePair<string, object?>("outcome", job.Status.ToString().ToLowerInvariant()));
        }

        return written;
    }

    private static void MoveInQueue(IDocumentSession session, string project, string jobId, JobEvent e)
    {
        switch (e)
        {
            case JobEvent.Submitted x:
                var needs = Room.Of(x.Policy?.Resources);
                session.QueueSqlCommand(
                    JobQueue.Enter, project, jobId, x.Work.Profile ?? Profiles.Profile.BuiltIn, x.Priority, x.At.ToUniversalTime(), x.At.ToUniversalTime(), needs.Cpus, needs.MemoryBytes, needs.Gpus,
                    x.Policy?.Timeouts?.QueuedSeconds ?? 0, x.Policy?.DeadlineAt?.ToUniversalTime() ?? DateTimeOffset.UnixEpoch);
                break;
            case JobEvent.Started x:
                session.QueueSqlCommand(JobQueue.Hold, x.Attempt, project, jobId);
                session.QueueSqlCommand(JobQueue.TakeSlot, project);
                break;
            case JobEvent.AttemptFailed x:
                session.QueueSqlCommand(JobQueue.Return, x.NextAttemptAt.ToUniversalTime(), project, jobId);
                break;
            case JobEvent.LeaseLost x:
                session.QueueSqlCommand(JobQueue.Return, x.NextAttemptAt.ToUniversalTime(), project, jobId);
                break;
            case JobEvent.Released x:
                session.QueueSqlCommand(JobQueue.Return, x.At.ToUniversalTime(), project, jobId);
                break;
            case JobEvent.Succeeded or JobEvent.Failed or JobEvent.Aborted:
                session.QueueSqlCommand(JobQueue.Leave, project, jobId);
                break;
        }
    }

    private static int? EndOf(JobEvent e) => e switch
    {
        JobEvent.AttemptFailed x => x.Attempt,
        JobEvent.LeaseLost x => x.Attempt,
        JobEvent.Released x => x.Attempt,
        JobEvent.Succeeded x => x.Attempt,
        JobEvent.Failed x => x.Attempt,
        JobEvent.Aborted x => x.Attempt,
        _ => null,
    };
}
