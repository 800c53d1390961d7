namespace Mesh.Contracts.Monitoring;

/// <summary>What changed of something that is looked at: the types of events of <c>…/monitors/{endpoint}/stream</c> and <c>…/webhooks/{webhook}/stream</c>.</summary>
public enum ChangeKind
{
    /// <summary>Requests of the endpoint were counted.</summary>
    Traffic,

    /// <summary>The monitor of the endpoint: its settings, or a window that was closed.</summary>
    Monitor,

    /// <summary>The webhook or its deliveries.</summary>
    Deliveries,
}

/// <summary>The data of such an event. What it is now is read where it always is.</summary>
/// <param name="At">When that was told.</param>
public sealed record Changed(DateTimeOffset At);
