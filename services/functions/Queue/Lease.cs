namespace Mesh.Functions.Queue;

/// <summary>An attempt: the project, the job, the attempt's number.</summary>
internal readonly record struct AttemptKey(string Project, string JobId, int Attempt);

/// <summary>A lease as it stands in the table. For a held job without a row everything but the key is empty, and it counts as expired.</summary>
internal sealed record Lease(
    AttemptKey Key, string Scope, int ProcessId, long ProcessStarted, DateTimeOffset? HeartbeatAt, DateTimeOffset? ExpiresAt, bool IsExpired);

/// <summary>A job that can be taken.</summary>
internal sealed record Candidate(string Project, string JobId, int LastAttempt);

/// <summary>What a heartbeat brought back.</summary>
/// <param name="Held">The leases that this worker still has.</param>
/// <param name="Aborting">Those of them whose job is to be ended.</param>
internal sealed record Heartbeat(IReadOnlySet<AttemptKey> Held, IReadOnlySet<AttemptKey> Aborting);
