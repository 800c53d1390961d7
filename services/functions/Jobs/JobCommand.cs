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
        int MaxAttempts, int TimeoutSeconds, int Priority, IReadOnlyDictionary<string, string> Tags, string By, string? Fingerprint) : JobCommand;

    /// <summary>A worker wants to run this attempt.</summary>
    public sealed record Claim(int Attempt, string Worker) : JobCommand;

    /// <summary>The worker of an attempt says that it ended well.</summary>
    public sealed record Succeed(int Attempt) : JobCommand;

    /// <summary>The worker of an attempt says that it ended badly.</summary>
    /// <param name="IsFinal">Whether another attempt could only end in the same way.</param>
    public sealed record Fail(int Attempt, string Cause, int? ExitCode, BackOff BackOff, bool IsFinal = false) : JobCommand;

    /// <summary>The worker of an attempt says that it ran too long and was ended.</summary>
    public sealed record TimeOut(int Attempt, BackOff BackOff) : JobCommand;

    /// <summary>The worker of an attempt goes away and hands it back.</summary>
    public sealed record Release(int Attempt) : JobCommand;

    /// <summary>The lease of an attempt ran out.</summary>
    public sealed record LoseLease(int Attempt, DateTimeOffset? LastHeartbeat, BackOff BackOff) : JobCommand;

    /// <summary>Somebody asks for an abort.</summary>
    public sealed record Abort(string By, string? Reason) : JobCommand;

    /// <summary>The worker of an attempt says that its process tree is gone, as an abort asked.</summary>
    public sealed record ConfirmAbort(int Attempt) : JobCommand;
}

/// <summary>
/// How long to wait before the next attempt: <paramref name="First"/> doubled with each attempt up to <paramref name="Most"/>, of which
/// the half is certain and the rest is drawn, so that jobs that failed together do not come back together.
/// </summary>
/// <param name="First">Wait after the first attempt.</param>
/// <param name="Most">Longest wait.</param>
/// <param name="Jitter">The draw, 0 to 1: given from outside, so that decisions stay pure.</param>
public readonly record struct BackOff(TimeSpan First, TimeSpan Most, double Jitter)
{
    /// <summary>Wait after attempt number <paramref name="attempt"/> (from 1).</summary>
    public TimeSpan After(int attempt)
    {
        var whole = Math.Min(Most.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 30)));
        return TimeSpan.FromMilliseconds(whole * (0.5 + (0.5 * Math.Clamp(Jitter, 0, 1))));
    }
}
