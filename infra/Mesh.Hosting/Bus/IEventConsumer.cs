using Marten;
using Mesh.Contracts.Events;

namespace Mesh.Hosting.Bus;

/// <summary>
/// Reacts to integration events. The session is on the tenant of the event's project and already holds the inbox entry; hosting saves it after
/// the method returns, so the reaction and the mark that it happened are one transaction. Throwing means: try again, later to the dead letters.
/// </summary>
public interface IEventConsumer
{
    /// <summary>Handles one event that this consumer has not handled before.</summary>
    Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct);
}

/// <summary>Hears integration events in every process, for what lives in memory such as caches. Has no session, and needs no store.</summary>
public interface IEventListener
{
    /// <summary>Handles one event, which may have come before.</summary>
    Task HearAsync(MeshEvent e, CancellationToken ct);
}
