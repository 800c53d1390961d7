using System.Globalization;
using Mesh.Functions.Execution;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>Who holds a lease: the worker's name, and the operating system's process behind it, so that its neighbours see at once that it is dead.</summary>
internal sealed class WorkerIdentity(IOptions<FunctionsOptions> options)
{
    /// <summary>Unique among the living workers; what attempts show.</summary>
    public string Name { get; } = options.Value.WorkerName
        ?? string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");

    /// <summary>See <see cref="ProcessTable.Scope"/>.</summary>
    public string Scope { get; } = ProcessTable.Scope;

    /// <summary>The process's id.</summary>
    public int ProcessId { get; } = Environment.ProcessId;

    /// <summary>When the process started; 0 where that is not known.</summary>
    public long ProcessStarted { get; } = StartOf(Environment.ProcessId) ?? 0;

    /// <summary>Whether the holder of a lease is known to be dead: it was a process of this machine, and is none now.</summary>
    public bool IsKnownDead(Lease lease) =>
        ProcessTable.IsAvailable && lease.Scope == Scope && lease.ProcessStarted != 0 && StartOf(lease.ProcessId) != lease.ProcessStarted;

    private static long? StartOf(int processId) =>
        ProcessTable.IsAvailable && ProcessTable.Find(processId) is { IsDead: false } entry ? (long)entry.StartedAt : null;
}
