using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;

namespace Mesh.Tracking.Runs;

/// <summary>
/// Ends the open children of a run that failed, was aborted or lost an attempt: whoever worked on them is gone. Children that came later are spared, such as
/// those of the next attempt.
/// </summary>
public sealed class OnParentEnded(TimeProvider clock) : IEventConsumer
{
    /// <inheritdoc />
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        if (!Guid.TryParse(e.Subject, out var parent) || CommandsFor(e) is not { } commands) return;
        var open = await session.Query<Run>()
            .Where(r => r.Parent == parent && !r.Deleted && r.CreatedAt <= e.Time)
            .Where(r => r.Status == RunStatus.Pending || r.Status == RunStatus.Running || r.Status == RunStatus.Aborting)
            .Select(r => r.Id).ToListAsync(ct);
        foreach (var child in open)
            await session.DecideAsync<Run, RunEvent>(child, run => RunDecider.DecideEach(commands, run, clock.GetUtcNow()), ct);
    }

    // Of these each child takes the one that its state allows.
    private static IReadOnlyList<RunCommand>? CommandsFor(MeshEvent e) => e.Type switch
    {
        "run.failed" => Fail($"Its parent failed: {e.DataAs<RunFailed>().Cause}"),
        "job.attempt-failed" => Fail($"The attempt of its parent ended: {e.DataAs<JobAttemptFailed>().Cause}"),
        "run.aborted" when (e.DataAs<RunAborted>().Reason ?? "Its parent was aborted.") is var reason =>
            [new RunCommand.RequestAbort(reason, null), new RunCommand.ConfirmAbort(reason, null)],
        _ => null,
    };

    private static IReadOnlyList<RunCommand> Fail(string cause) =>
        [new RunCommand.ConfirmAbort(null, null), new RunCommand.Fail(cause, null), new RunCommand.RequestAbort(cause, null)];
}
