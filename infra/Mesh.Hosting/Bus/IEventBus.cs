using Mesh.Contracts.Events;

namespace Mesh.Hosting.Bus;

/// <summary>The thin port to the bus. A published event is safe: confirmed by the broker, or handled by every consumer of this process.</summary>
public interface IEventBus
{
    /// <summary>Publishes events of one subject in their order.</summary>
    /// <exception cref="Exception">Some may not have been published: publish all again.</exception>
    Task PublishAsync(IReadOnlyList<MeshEvent> ordered, CancellationToken ct);
}
