using Mesh.Contracts.Events;

namespace Mesh.Hosting.Bus;

/// <summary>
/// The bus of the laptop: hands each event to the consumers of this process and returns when they have finished. It forgets nothing, because it
/// holds nothing: the relay's position moves only after the return.
/// </summary>
internal sealed class InProcessBus(BusTopology topology, ConsumerDispatcher dispatcher) : IEventBus
{
    public Task PublishAsync(IReadOnlyList<MeshEvent> ordered, CancellationToken ct) =>
        Task.WhenAll(topology.Consumers.Select(consumer => HandAsync(consumer, ordered, ct)));

    private async Task HandAsync(BoundConsumer consumer, IReadOnlyList<MeshEvent> ordered, CancellationToken ct)
    {
        foreach (var e in ordered)
        {
            if (!consumer.Registration.Wants(e.Type)) continue;
            if (consumer.OneAtATime is { } gate)
            {
                await gate.WaitAsync(ct);
                try
                {
                    await dispatcher.DispatchAsync(consumer.Module, consumer.Registration, e, ct);
                }
                finally
                {
                    gate.Release();
                }
            }
            else
            {
                await dispatcher.DispatchAsync(consumer.Module, consumer.Registration, e, ct);
            }
        }
    }
}
