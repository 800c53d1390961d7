using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Serving.Loading;

namespace Mesh.Serving.Endpoints;

/// <summary>Purges the endpoints of a deleted project. Can be repeated.</summary>
internal sealed class OnProjectDeleted(IServingStore store, EndpointLoader loader) : IEventConsumer
{
    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        await store.Advanced.DeleteAllTenantDataAsync(e.Project, ct);
        loader.WakeProject(e.Project);
    }
}
