using JasperFx.Events;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Runs;

/// <summary>What other services are told of a run. Params, tags and lost attempts stay inside.</summary>
internal static class RunIntegration
{
    public static IIntegrationEvent? ToIntegrationEvent(IEvent stored) =>
        stored.Data is RunEvent happened && Guid.TryParse(stored.StreamKey, out var run) ? Map(run, happened) : null;

    internal static IIntegrationEvent? Map(Guid run, RunEvent happened) => happened switch
    {
        RunEvent.Created e => new RunCreated(run, e.Name, e.Experiment, e.Kind, e.Parent),
        RunEvent.Started e => new RunStarted(run, e.Attempt, e.Worker),
        RunEvent.Completed e => new RunCompleted(run, e.Name, e.Experiment, e.Parent),
        RunEvent.Failed e => new RunFailed(run, e.Name, e.Experiment, e.Cause, e.Parent),
        RunEvent.AbortRequested e => new RunAbortRequested(run, e.Reason),
        RunEvent.Aborted e => new RunAborted(run, e.Name, e.Experiment, e.Reason),
        RunEvent.Deleted => new RunDeleted(run),
        RunEvent.Restored => new RunRestored(run),
        RunEvent.Resumed => new RunResumed(run),
        RunEvent.Purged => new RunPurged(run),
        _ => null,
    };
}
