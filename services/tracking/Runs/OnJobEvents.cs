using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Metrics;

namespace Mesh.Tracking.Runs;

/// <summary>
/// A job's run has the job's id and follows it; that an attempt begins is told by its worker itself, who waits for the answer. What is not possible (any more)
/// adds nothing: the run may have ended by itself, or the event has come before, so it needs no inbox.
/// </summary>
internal sealed class OnJobEvents(GroupCommit<ITrackingStore> group, ExperimentDirectory experiments, MetricReader metrics, TimeProvider clock) : IEventConsumer
{
    private static readonly Caller Platform = Caller.Service("tracking");

    /// <summary>Kind of the runs that jobs have.</summary>
    internal const string JobKind = "job";

    /// <inheritdoc />
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        if (CommandsFor(e) is not { } commands) return;
        if (commands is [RunCommand.Create create])
        {
            // A job that was accepted has its run, whatever became of the experiment meanwhile.
            var (experiment, _) = await experiments.ForRunAsync(Platform, e.Project, create.Experiment, ct);
            commands = [create with { Experiment = experiment.Name, ExperimentId = experiment.Number }];
        }

        if (commands[^1] is RunCommand.Complete or RunCommand.Fail or RunCommand.ConfirmAbort && Guid.TryParse(e.Subject, out var id))
        {
            var summaries = await metrics.SummariesAsync(e.Project, id, ct);
            await group.FollowAsync<Run, RunEvent>(e, e.Subject, run => RunDecider.DecideEachToEnd(commands, summaries, run, clock.GetUtcNow()), ct);
        }
        else
        {
            await group.FollowAsync<Run, RunEvent>(e, e.Subject, run => RunDecider.DecideEach(commands, run, clock.GetUtcNow()), ct);
        }
    }

    // The functions service decides what became of a job: its ends count whichever attempt the run knows of.
    internal static IReadOnlyList<RunCommand>? CommandsFor(MeshEvent e) => e.Type switch
    {
        "job.submitted" when e.DataAs<JobSubmitted>() is var job =>
            [new RunCommand.Create(job.JobId, job.Name, job.Experiment, JobKind, null, job.Params, job.Tags ?? new Dictionary<string, string>(), job.SubmittedBy)],
        "job.attempt-failed" when e.DataAs<JobAttemptFailed>() is var job => [new RunCommand.Start(Begun(job.Attempt), null), new RunCommand.LoseAttempt(job.Attempt, job.Cause)],
        "job.succeeded" when e.DataAs<JobSucceeded>() is var job => [new RunCommand.Start(Begun(job.Attempt), null), new RunCommand.Complete(null)],
        "job.failed" when e.DataAs<JobFailed>() is var job => [new RunCommand.Start(Begun(job.Attempt), null), new RunCommand.Fail(job.Cause, null)],
        "job.aborted" when e.DataAs<JobAborted>() is var job => [new RunCommand.RequestAbort(job.Reason, null), new RunCommand.ConfirmAbort(job.Reason, null)],
        _ => null,
    };

    private static int Begun(int attempt) => Math.Max(1, attempt);
}
