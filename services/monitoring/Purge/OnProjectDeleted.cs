using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;
using Mesh.Monitoring.Journal;

namespace Mesh.Monitoring.Purge;

/// <summary>
/// Deletes what monitoring holds of a deleted project. When one of that name is made again, what the services said late of the old one is
/// deleted too: its members are others.
/// </summary>
internal sealed class OnProjectDeleted(ProjectPurge purge, JournalStore journal) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        if (e.Type == EventTypes.NameOf<ProjectCreated>())
        {
            var created = e.DataAs<ProjectCreated>().Project;
            await journal.PurgeAsync(created, e.Time, ct);
            await purge.ForgetAsync(created, ct);
            return;
        }

        var project = e.DataAs<ProjectDeleted>().Project;
        await purge.PurgeAsync(project, e.Time, ct);
        await journal.PurgeAsync(project, e.Time, ct);
    }
}
