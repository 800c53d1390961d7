using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;

namespace Mesh.Tracking.Projects;

/// <summary>A project was deleted: so is all that this service holds of it.</summary>
internal sealed class OnProjectDeleted(ProjectData data) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct) => data.PurgeAsync(e.DataAs<ProjectDeleted>().Project, ct);
}
