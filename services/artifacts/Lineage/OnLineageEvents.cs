using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;

namespace Mesh.Artifacts.Lineage;

/// <summary>Keeps the graph, from events alone. Facts can be added any number of times, so it needs no inbox.</summary>
internal sealed class OnLineageEvents(LineageWriter writer) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct) => writer.AddAsync(e, ct);
}
