namespace Mesh.Hosting.Bus;

/// <summary>A consumer with the module that owns it.</summary>
internal sealed record BoundConsumer(ServiceModule Module, ConsumerRegistration Registration)
{
    /// <summary>Its queue on RabbitMQ: one for all replicas, or one of this process.</summary>
    public string Queue { get; } = Registration.EveryReplica ? $"{Registration.Queue}.{Guid.CreateVersion7():N}" : Registration.Queue;

    /// <summary>Keeps an ordered consumer of the in-process bus to one event at a time. (The events of one subject follow each other there anyway.)</summary>
    public SemaphoreSlim? OneAtATime { get; } = Registration is { Ordered: true, Concurrency: 1 } ? new SemaphoreSlim(1) : null;
}

/// <summary>All consumers of this process.</summary>
internal sealed class BusTopology(IReadOnlyList<BoundConsumer> consumers)
{
    /// <summary>Name of the topic exchange that carries every integration event. Outsiders bind their own queues to it.</summary>
    public const string Exchange = "mesh.events";

    /// <summary>
    /// Queue of the journal, which keeps every event: the ordered consumer <c>journal</c> of the service <c>monitoring</c>. It is known here because
    /// every process that publishes declares it.
    /// </summary>
    public const string Journal = "mesh.monitoring.journal";

    public IReadOnlyList<BoundConsumer> Consumers { get; } = consumers;
}
