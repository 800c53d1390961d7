using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;

namespace Mesh.Monitoring.Journal;

/// <summary>Puts every event of the platform into the journal. It dedupes by event id itself.</summary>
internal sealed class OnEveryEvent(JournalWriter journal) : IEventConsumer
{
    public Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct) => journal.AppendAsync(e, ct);
}
