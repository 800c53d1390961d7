using Mesh.Contracts.Events;

namespace Mesh.Contracts.Bus;

/// <summary>The bus as an administrator sees it.</summary>
/// <param name="Services">The services whose consumers may give events up.</param>
public sealed record BusInfo(IReadOnlyList<string> Services);

/// <summary>An event that a consumer gave up after every retry, kept until it is replayed or dropped.</summary>
/// <param name="Id">Its id within the service.</param>
/// <param name="Service">The service that the consumer belongs to.</param>
/// <param name="Consumer">The consumer.</param>
/// <param name="Cause">Why: what went wrong the last time.</param>
/// <param name="At">When it was given up.</param>
/// <param name="Event">The event.</param>
public sealed record BusError(string Id, string Service, string Consumer, string Cause, DateTimeOffset At, MeshEvent Event);
