namespace Mesh.Contracts.Functions;

/// <summary>How an attempt ended that another one may follow.</summary>
public enum RetryClass
{
    /// <summary>It failed by itself.</summary>
    Failed,

    /// <summary>Its worker fell silent.</summary>
    Lost,

    /// <summary>It took too long.</summary>
    TimedOut,
}

/// <summary>Waits between attempts: the first, times the factor with each further one, up to the most. What is absent is the platform's default.</summary>
/// <param name="FirstSeconds">Wait after the first attempt; 0 to 86,400.</param>
/// <param name="MostSeconds">Longest wait; 0 to 86,400.</param>
/// <param name="Factor">1 to 10; 2 when absent.</param>
/// <param name="Jitter">The part of each wait that is drawn by lot, 0 to 1; half when absent.</param>
public sealed record RetryWait(double? FirstSeconds = null, double? MostSeconds = null, double? Factor = null, double? Jitter = null);

/// <summary>When another attempt follows one that did not end well.</summary>
/// <param name="MaxAttempts">Attempts in all, 1 to 20.</param>
/// <param name="On">Only after such ends; after every one when absent.</param>
/// <param name="NotExitCodes">Never after these exit codes.</param>
/// <param name="OnlyExitCodes">After a failure with an exit code, only if it is one of these.</param>
public sealed record RetryPolicy(
    int? MaxAttempts = null, RetryWait? BackOff = null, IReadOnlyList<RetryClass>? On = null, IReadOnlyList<int>? NotExitCodes = null,
    IReadOnlyList<int>? OnlyExitCodes = null)
{
    internal static void Check(Faults faults, RetryPolicy? retry)
    {
        if (retry is null) return;
        faults.Require(retry.MaxAttempts is null or (>= 1 and <= 20), "retry.maxAttempts", "must be 1 to 20.");
        faults.Require(retry.BackOff?.FirstSeconds is null or (>= 0 and <= 86_400), "retry.backOff.firstSeconds", "must be 0 to 86,400.");
        faults.Require(retry.BackOff?.MostSeconds is null or (>= 0 and <= 86_400), "retry.backOff.mostSeconds", "must be 0 to 86,400.");
        faults.Require(retry.BackOff?.Factor is null or (>= 1 and <= 10), "retry.backOff.factor", "must be 1 to 10.");
        faults.Require(retry.BackOff?.Jitter is null or (>= 0 and <= 1), "retry.backOff.jitter", "must be 0 to 1.");
        Codes(faults, retry.NotExitCodes, "retry.notExitCodes");
        Codes(faults, retry.OnlyExitCodes, "retry.onlyExitCodes");
        faults.Require(retry.NotExitCodes is null || retry.OnlyExitCodes is null, "retry.onlyExitCodes", "goes without 'notExitCodes'.");
    }

    private static void Codes(Faults faults, IReadOnlyList<int>? codes, string field)
    {
        faults.Count(codes?.Count ?? 0, field, 50);
        faults.Require((codes ?? []).All(code => code is >= 1 and <= 255), field, "must hold exit codes, 1 to 255.");
    }
}

/// <summary>How long an attempt may stay in a state, each measured from its entry; 1 to 604,800 seconds (a week).</summary>
/// <param name="QueuedSeconds">Until a worker takes it, the wait between attempts not counted; for ever when absent.</param>
/// <param name="PreparingSeconds">From its claim until its process runs; for ever when absent.</param>
/// <param name="RunningSeconds">While its process runs; as <c>timeoutSeconds</c>.</param>
public sealed record StateTimeouts(int? QueuedSeconds = null, int? PreparingSeconds = null, int? RunningSeconds = null)
{
    internal static void Check(Faults faults, StateTimeouts? timeouts, int? timeoutSeconds)
    {
        Time(faults, timeouts?.QueuedSeconds, "timeouts.queuedSeconds");
        Time(faults, timeouts?.PreparingSeconds, "timeouts.preparingSeconds");
        Time(faults, timeouts?.RunningSeconds, "timeouts.runningSeconds");
        faults.Require(timeouts?.RunningSeconds is null || timeoutSeconds is null, "timeouts.runningSeconds", "is the same as 'timeoutSeconds': give one of them.");
    }

    internal static void Time(Faults faults, int? seconds, string field) => faults.Require(seconds is null or (>= 1 and <= 604_800), field, "must be 1 to 604,800 (a week).");
}

/// <summary>What each attempt of a job needs of its worker, and what it may not exceed. What is absent is neither reserved nor limited.</summary>
/// <param name="Cpus">Cores, 0.01 to 1,024.</param>
/// <param name="MemoryBytes">Memory of all its processes together, 1 MiB to 16 TiB.</param>
/// <param name="Gpus">Whole graphics processors, 0 to 64.</param>
public sealed record JobResources(double? Cpus = null, long? MemoryBytes = null, int? Gpus = null)
{
    internal static void Check(Faults faults, JobResources? resources, string field = "resources")
    {
        faults.Require(resources?.Cpus is null or (>= 0.01 and <= 1024), $"{field}.cpus", "must be 0.01 to 1,024.");
        faults.Require(resources?.MemoryBytes is null or (>= 1 << 20 and <= 1L << 44), $"{field}.memoryBytes", "must be 1 MiB to 16 TiB.");
        faults.Require(resources?.Gpus is null or (>= 0 and <= 64), $"{field}.gpus", "must be 0 to 64.");
    }
}

/// <summary>The rules that a job was submitted with.</summary>
/// <param name="DeadlineAt">When the whole job must have ended.</param>
public sealed record JobPolicy(
    RetryPolicy? Retry = null, StateTimeouts? Timeouts = null, DateTimeOffset? DeadlineAt = null, int Priority = 0, JobResources? Resources = null);

/// <summary><c>PUT /api/v1/projects/{project}/jobs/limits</c></summary>
/// <param name="MaxRunning">Most jobs of the project that run at once, 1 to 10,000; as many as there is room for when absent.</param>
public sealed record SetJobLimits(int? MaxRunning = null) : IChecked
{
    public void Check(Faults faults) => faults.Require(MaxRunning is null or (>= 1 and <= 10_000), "maxRunning", "must be 1 to 10,000.");
}

/// <summary>The limits of a project's jobs, and where it stands.</summary>
/// <param name="Running">Jobs that a worker holds now.</param>
/// <param name="Queued">Jobs that wait.</param>
public sealed record JobLimitsInfo(int? MaxRunning, long Running, long Queued, string? SetBy = null, DateTimeOffset? SetAt = null);
