namespace Mesh.Contracts.Functions;

/// <summary>Where an attempt is in its life. It goes forward only: queued, scheduled, preparing, running, and one of the ends.</summary>
public enum AttemptState
{
    /// <summary>No worker has it yet.</summary>
    Queued,

    /// <summary>A worker holds its lease.</summary>
    Scheduled,

    /// <summary>Its run is taken, and its working folder and environment are being made.</summary>
    Preparing,

    /// <summary>Its process runs.</summary>
    Running,

    /// <summary>Exit code 0.</summary>
    Succeeded,

    /// <summary>Another exit code, a limit that it exceeded, or it could not be started.</summary>
    Failed,

    /// <summary>Ended by abort.</summary>
    Aborted,

    /// <summary>Ended because it stayed in a state for too long.</summary>
    TimedOut,

    /// <summary>Its worker fell silent.</summary>
    Lost,

    /// <summary>Its worker went away in order and handed the job back; it does not count.</summary>
    Released,
}

/// <summary>When an attempt entered a state.</summary>
public sealed record AttemptStep(AttemptState State, DateTimeOffset At);

/// <summary>What an attempt used in all.</summary>
/// <param name="CpuSeconds">Processor time, all cores together.</param>
/// <param name="PeakMemoryBytes">The most resident memory of all its processes together.</param>
public sealed record AttemptUsage(double CpuSeconds, long PeakMemoryBytes);

/// <summary>Which part of the run's log an attempt wrote, in bytes.</summary>
/// <param name="To">Where it ends; absent while it may grow.</param>
public sealed record AttemptLog(long From, long? To = null);

/// <summary><c>GET /api/v1/projects/{project}/jobs/{id}/attempts/{number}</c>: one try of a job, with all that is known of it.</summary>
/// <param name="Worker">Who has it; absent while it is queued.</param>
/// <param name="Steps">Each state that it has been in, with the time of its entry, oldest first.</param>
/// <param name="Signal">The signal that ended its process, if one did.</param>
/// <param name="Cause">Why it did not end well, in a sentence.</param>
/// <param name="CauseCode">The same for programs: <c>exit-code</c>, <c>signal</c>, <c>memory-limit</c>, <c>time-out</c>, <c>deadline</c>, <c>start</c>, <c>lost</c>, <c>released</c> or <c>aborted</c>.</param>
/// <param name="Usage">Absent when its worker could not measure it.</param>
/// <param name="Log">Absent as long as it is not known to have written any.</param>
public sealed record AttemptInfo(
    int Number, AttemptState State, string? Worker, IReadOnlyList<AttemptStep> Steps, int? ExitCode, int? Signal, string? Cause, string? CauseCode,
    AttemptUsage? Usage, AttemptLog? Log);
