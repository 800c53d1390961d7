using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;

namespace Mesh.Serving.Loading;

/// <summary>Has this replica look at what an event may have changed. Only a hint: the loader reads streams and registry itself.</summary>
internal sealed class OnModelOrEndpointChanged(EndpointLoader loader) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        if (e.Type.StartsWith("endpoint.", StringComparison.Ordinal)) loader.Wake(new EndpointKey(e.Project, e.Subject));
        else if (e.Type.StartsWith("model.", StringComparison.Ordinal)) loader.WakeModel(e.Project, e.Subject);
        else loader.WakeProject(e.Project);
        return Task.CompletedTask;
    }
}
