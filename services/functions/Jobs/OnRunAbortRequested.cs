using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Functions.Queue;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Jobs;

/// <summary>An abort of a run that is a job aborts the job. Runs of scripts have no job and are none of our business.</summary>
internal sealed class OnRunAbortRequested(JobWriter writer, QueueSignal signal, TimeProvider clock) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var asked = e.DataAs<RunAbortRequested>();
        var id = asked.RunId.ToString();
        var command = new JobCommand.Abort(e.Actor ?? e.Source, asked.Reason);
        var written = await session.DecideAsync<Job, JobEvent>(id, job => JobDecider.Decide(command, job, clock.GetUtcNow()), ct);
        if (written.Events.Count == 0) return;
        writer.Follow(session, e.Project, id, written.Events);
        // The announcement in the transaction reaches whoever holds the job; this wakes our own worker for its next look.
        signal.Wake();
    }
}
