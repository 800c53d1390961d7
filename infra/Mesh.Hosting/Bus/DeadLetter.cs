using Mesh.Contracts.Events;

namespace Mesh.Hosting.Bus;

/// <summary>An event that a consumer could not handle after every retry. Kept beside the consumer's store until an administrator replays or drops it: see <see cref="BusErrorEndpoints"/>.</summary>
public sealed class DeadLetter
{
    /// <summary><c>{event id}:{consumer}</c></summary>
    public string Id { get; set; } = "";

    /// <summary>The consumer.</summary>
    public string Consumer { get; set; } = "";

    /// <summary>The event.</summary>
    public required MeshEvent Event { get; set; }

    /// <summary>Why: the last exception's message.</summary>
    public string Cause { get; set; } = "";

    /// <summary>When it was given up.</summary>
    public DateTimeOffset At { get; set; }
}
