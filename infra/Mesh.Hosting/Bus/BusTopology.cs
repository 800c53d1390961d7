namespace Mesh.Hosting.Bus;

/// <summary>A consumer with the module that owns it.</summary>
internal sealed record BoundConsumer(ServiceModule Module, ConsumerRegistration Registration)
{
    /// <summary>Keeps an ordered consumer of the in-process bus to one event at a time. (The events of one subject follow each other there anyway.)</summary>
    public SemaphoreSlim? OneAtATime { get; } = Registration is { Ordered: true, Concurrency: 1 } ? new SemaphoreSlim(1) : null;
}

/// <summary>All consumers of this process.</summary>
internal sealed class BusTopology(IReadOnlyList<BoundConsumer> consumers)
{
    /// <summary>Name of the topic exchange that carries every integration event. Outsiders bind their own queues to it.</summary>
    public const string Exchange = "mesh.events";

    public IReadOnlyList<BoundConsumer> Consumers { get; } = consumers;
}
