using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>What may be asked of a job.</summary>
public abstract record JobCommand
{
    private JobCommand()
    {
    }

    /// <summary>Queue it.</summary>
    public sealed record Submit(
        Guid JobId, string Name, string Experiment, JobWork Work, IReadOnlyDictionary<string, string> Params, IReadOnlyList<string> Secrets,
        int MaxAttempts, int TimeoutSeconds, int Priority, IReadOnlyDictionary<string, string> Tags, string By, string? Fingerprint,
        JobPolicy? Policy = null) : JobCommand;

    /// <summary>A worker wants to run this attempt.</summary>
    public sealed record Claim(int Attempt, string Worker) : JobCommand;

    /// <summary>The worker of an attempt says that it goes on to a state: preparing, or running.</summary>
    /// <param name="Since">Since when, if that was not said at the time; now when null.</param>
    public sealed record Advance(int Attempt, AttemptState State, DateTimeOffset? Since = null) : JobCommand;

    /// <summary>A worker goes on with what another one, which is dead, had begun. It holds the lease already.</summary>
    public sealed record Adopt(int Attempt, string Worker) : JobCommand;

    /// <summary>The worker of an attempt says that it ended well.</summary>
    public sealed record Succeed(int Attempt, AttemptReport? Report = null) : JobCommand;

    /// <summary>The worker of an attempt says that it ended badly.</summary>
    /// <param name="IsFinal">Whether another attempt could only end in the same way.</param>
    public sealed record Fail(int Attempt, string Cause, int? ExitCode, BackOff BackOff, bool IsFinal = false, AttemptReport? Report = null) : JobCommand;

    /// <summary>The worker of an attempt says that it took too long and was ended.</summary>
    public sealed record TimeOut(int Attempt, BackOff BackOff, TimeLimit Limit = TimeLimit.Running, AttemptReport? Report = null) : JobCommand;

    /// <summary>Ends the job if it has waited for longer than it may.</summary>
    public sealed record Expire : JobCommand;

    /// <summary>The worker of an attempt hands it back.</summary>
    /// <param name="HadNoSlot">Whether it had no slot for it, and nothing of it has begun; else it goes away.</param>
    public sealed record Release(int Attempt, AttemptReport? Report = null, bool HadNoSlot = false) : JobCommand;

    /// <summary>The lease of an attempt ran out.</summary>
    public sealed record LoseLease(int Attempt, DateTimeOffset? LastHeartbeat, BackOff BackOff) : JobCommand;

    /// <summary>Somebody asks for an abort.</summary>
    public sealed record Abort(string By, string? Reason) : JobCommand;

    /// <summary>The worker of an attempt says that its process tree is gone, as an abort asked.</summary>
    public sealed record ConfirmAbort(int Attempt, AttemptReport? Report = null) : JobCommand;
}

