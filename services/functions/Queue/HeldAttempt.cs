using System.Diagnostics;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Queue;

/// <summary>Why a worker ends an attempt before its time.</summary>
internal enum StopReason
{
    /// <summary>It ran too long.</summary>
    Timeout,

    /// <summary>It was prepared for too long.</summary>
    PrepareTimeout,

    /// <summary>The whole job took too long.</summary>
    Deadline,

    /// <summary>It used more memory than it may.</summary>
    MemoryLimit,

    /// <summary>It has more processes than it may.</summary>
    ProcessLimit,

    /// <summary>It keeps more in its working folder than it may.</summary>
    DiskLimit,

    /// <summary>Somebody asked for it.</summary>
    Abort,

    /// <summary>It was taken before its turn, and its turn did not come.</summary>
    NoSlot,

    /// <summary>The lease is gone: another attempt may be running.</summary>
    LeaseLost,

    /// <summary>This worker goes away.</summary>
    Drain,

    /// <summary>This worker goes away for a while, and what runs goes on without it.</summary>
    Leave,
}

/// <summary>An attempt that this worker runs. The first reason to stop it counts.</summary>
/// <param name="slot">What it has of the worker, or waits for.</param>
/// <param name="since">When it was asked for, as a timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="left">What a worker that is dead has left of it; null for one that is to be begun.</param>
internal sealed class HeldAttempt(AttemptKey key, Job job, WorkerSlot slot, long since, LeftAttempt? left = null) : IDisposable
{
    // Longer, and somebody else may have a slot for it.
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private bool _ended;

    public AttemptKey Key { get; } = key;

    /// <summary>The job as it was when it was claimed.</summary>
    public Job Job { get; } = job;

    /// <summary>Where it runs.</summary>
    public Profile Profile { get; } = slot.Profile;

    /// <summary>What it has of the worker, or waits for.</summary>
    public WorkerSlot Slot { get; } = slot;

    /// <summary>How long it is this worker's, at most.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(since);

    /// <summary>What a worker that is dead has left of it.</summary>
    public LeftAttempt? Left { get; } = left;

    /// <summary>What is to be told of it at its end.</summary>
    public AttemptReport Report { get; set; } = new();

    /// <summary>Whether all its output is where it belongs.</summary>
    public bool HasArrived { get; set; }

    /// <summary>Cancelled when the attempt is to be ended.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Why it is to be ended; null while it is not.</summary>
    public StopReason? Reason { get; private set; }

    /// <summary>Whether anything of it may have run.</summary>
    public bool HasBegun { get; set; } = left is not null;

    /// <summary>Waits for its slot, but not for long.</summary>
    /// <exception cref="OperationCanceledException">It is to be ended.</exception>
    public async Task HaveSlotAsync()
    {
        try
        {
            await Slot.Had.WaitAsync(MostWait, Stopped);
        }
        catch (TimeoutException)
        {
            Stop(StopReason.NoSlot);
            throw new OperationCanceledException(Stopped);
        }
    }

    public void Stop(StopReason reason)
    {
        lock (_gate)
        {
            if (Reason is not null || _ended) return;
            Reason = reason;
            // Not on the caller's thread: what hangs on it ends processes.
            _ = _stop.CancelAsync();
        }
    }

    public void Dispose()
    {
        // A heartbeat may still come back for an attempt that has just ended.
        lock (_gate) _ended = true;
        _stop.Dispose();
    }
}
