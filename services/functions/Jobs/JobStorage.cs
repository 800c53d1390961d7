using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>How jobs are stored. The names of the events are data: they never change. The columns are what the queue looks for.</summary>
internal static class JobStorage
{
    public static void Configure(StoreOptions store)
    {
        store.Events.MapEventType<JobEvent.Submitted>("job.submitted");
        store.Events.MapEventType<JobEvent.Started>("job.started");
        store.Events.MapEventType<JobEvent.AttemptAdvanced>("job.attempt-advanced");
        store.Events.MapEventType<JobEvent.AttemptFailed>("job.attempt-failed");
        store.Events.MapEventType<JobEvent.LeaseLost>("job.lease-lost");
        store.Events.MapEventType<JobEvent.Released>("job.released");
        store.Events.MapEventType<JobEvent.Succeeded>("job.succeeded");
        store.Events.MapEventType<JobEvent.Failed>("job.failed");
        store.Events.MapEventType<JobEvent.AbortRequested>("job.abort-requested");
        store.Events.MapEventType<JobEvent.AttemptAdopted>("job.attempt-adopted");
        store.Events.MapEventType<JobEvent.Aborted>("job.aborted");
        store.Projections.Snapshot<Job>(SnapshotLifecycle.Inline);
        store.Schema.For<Job>().Identity(j => j.Id).DocumentAlias("job")
            .Duplicate(j => j.Status).Duplicate(j => j.DueAt).Duplicate(j => j.Priority).Duplicate(j => j.SubmittedAt);
        store.Schema.For<JobEnvironment>().Identity(e => e.Id).DocumentAlias("job_environment");
    }
}

/// <summary>What the other services are told about jobs.</summary>
internal static class JobIntegration
{
    public static IIntegrationEvent? ToIntegrationEvent(Guid id, JobEvent e) => e switch
    {
        JobEvent.Submitted s => new JobSubmitted(
            id, s.Name, s.Experiment, s.By, s.Params, s.Tags, s.Work.Function, s.Work.FunctionVersion, s.Work.Content, s.Work.Item),
        JobEvent.Started s => new JobStarted(id, s.Attempt, s.Worker),
        JobEvent.AttemptFailed f => new JobAttemptFailed(id, f.Attempt, f.Cause, f.NextAttemptAt),
        JobEvent.LeaseLost l => new JobAttemptFailed(id, l.Attempt, l.Cause, l.NextAttemptAt),
        JobEvent.Released r => new JobAttemptFailed(id, r.Attempt, r.Cause, r.At),
        JobEvent.Succeeded s => new JobSucceeded(id, s.Attempt),
        JobEvent.Failed f => new JobFailed(id, f.Attempt, f.Cause),
        JobEvent.Aborted a => new JobAborted(id, a.Attempt, a.Reason),
        _ => null,
    };
}
