using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Tracking.Runs;

/// <summary>Takes the runs of a deleted experiment out of sight, and brings those back that went so when it is restored.</summary>
internal sealed class OnExperimentEvents(ITrackingStore store, TimeProvider clock) : IEventConsumer
{
    private const int AtOnce = 200;
    private static readonly Caller Platform = Caller.Service("tracking");

    /// <summary>In transactions of their own: an experiment may have very many runs, and each is decided once however often the news comes.</summary>
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        var (number, command) = e.Type == EventTypes.NameOf<ExperimentDeleted>()
            ? (e.DataAs<ExperimentDeleted>().ExperimentId, (RunCommand)new RunCommand.Delete(AtWork: true, WithExperiment: true))
            : (e.DataAs<ExperimentRestored>().ExperimentId, new RunCommand.Restore(WithExperiment: true));
        while (true)
        {
            await using var writing = store.OpenSession(Platform, e.Project);
            var runs = writing.Query<Run>().Where(run => run.ExperimentId == number);
            runs = command is RunCommand.Delete ? runs.Where(run => !run.Deleted) : runs.Where(run => run.Deleted && run.DeletedWithExperiment);
            var ids = await runs.OrderBy(run => run.Id).Take(AtOnce).Select(run => run.Id).ToListAsync(ct);
            if (ids.Count == 0) return;
            foreach (var id in ids) await writing.DecideAsync<Run, RunEvent>(id, run => RunDecider.DecideEach([command], run, clock.GetUtcNow()), ct);
            await writing.SaveChangesAsync(ct);
        }
    }
}
