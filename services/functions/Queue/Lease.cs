using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Queue;

/// <summary>An attempt: the project, the job, the attempt's number.</summary>
internal readonly record struct AttemptKey(string Project, string JobId, int Attempt);

/// <summary>A lease as it stands in the table. For a held job without a row everything but the key is empty, and it counts as expired.</summary>
/// <param name="Profile">Where the job runs; the built-in profile when null.</param>
internal sealed record Lease(
    AttemptKey Key, string Worker, string Scope, int ProcessId, long ProcessStarted, DateTimeOffset? HeartbeatAt, DateTimeOffset? ExpiresAt, bool IsExpired, string? Profile = null)
{
    /// <summary>Whether it has been expired for as long as a lease lasts: whoever could have gone on with it has had the time to.</summary>
    public bool IsForsaken { get; init; }

    /// <summary>Whether its worker has stopped in order and let the attempt run on, on a cluster, for anybody to go on with.</summary>
    public bool IsLeft => Scope.Length == 0 && Worker.Length > 0;
}

/// <summary>What was kept with a lease.</summary>
/// <param name="Sealed">What the attempt was told, sealed.</param>
/// <param name="Shipped">How far its output has come; null when nothing was sent.</param>
internal sealed record KeptLease(string Worker, byte[]? Sealed, ShippedOutput? Shipped);

/// <summary>A job that can be taken.</summary>
internal sealed record Candidate(string Project, string JobId, int LastAttempt, Room Needs);

/// <summary>Cores, bytes of memory and graphics processors: what a worker has, or what a job reserves.</summary>
internal readonly record struct Room(double Cpus, long MemoryBytes, int Gpus)
{
    /// <summary>Room for whatever is asked: what runs elsewhere takes none here.</summary>
    public static Room Boundless { get; } = new(double.MaxValue, long.MaxValue, int.MaxValue);

    /// <summary>What a job reserves.</summary>
    public static Room Of(JobResources? resources) => new(resources?.Cpus ?? 0, resources?.MemoryBytes ?? 0, resources?.Gpus ?? 0);

    /// <summary>Whether so much is in it.</summary>
    public bool Holds(Room needs) => needs.Cpus <= Cpus + 1e-9 && needs.MemoryBytes <= MemoryBytes && needs.Gpus <= Gpus;

    public static Room operator -(Room room, Room taken) => new(room.Cpus - taken.Cpus, room.MemoryBytes - taken.MemoryBytes, room.Gpus - taken.Gpus);

    public static Room operator +(Room room, Room added) => new(room.Cpus + added.Cpus, room.MemoryBytes + added.MemoryBytes, room.Gpus + added.Gpus);
}

/// <summary>What a heartbeat brought back.</summary>
/// <param name="Held">The leases that this worker still has.</param>
/// <param name="Aborting">Those of them whose job is to be ended.</param>
internal sealed record Heartbeat(IReadOnlySet<AttemptKey> Held, IReadOnlySet<AttemptKey> Aborting);
