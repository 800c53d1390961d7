using System.Text.Json.Serialization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Jobs;

/// <summary>
/// What happens to a job. Values of secrets and of environment variables never appear here: secrets are known by name,
/// the environment lies beside the stream (<see cref="JobEnvironment"/>).
/// </summary>
public abstract record JobEvent
{
    private JobEvent()
    {
    }

    /// <summary>The job was queued. Stored as <c>job.submitted</c>.</summary>
    public sealed record Submitted(
        Guid JobId, string Name, string Experiment, JobWork Work, IReadOnlyDictionary<string, string> Params, IReadOnlyList<string> Secrets,
        int MaxAttempts, int TimeoutSeconds, int Priority, IReadOnlyDictionary<string, string> Tags, string By, DateTimeOffset At,
        string? Fingerprint = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobPolicy? Policy = null) : JobEvent;

    /// <summary>A worker took the job. Stored as <c>job.started</c>.</summary>
    public sealed record Started(int Attempt, string Worker, DateTimeOffset At) : JobEvent;

    /// <summary>An attempt went on to its next state. Stored as <c>job.attempt-advanced</c>.</summary>
    public sealed record AttemptAdvanced(int Attempt, AttemptState State, DateTimeOffset At) : JobEvent;

    /// <summary>Another worker went on with an attempt whose own was dead. Stored as <c>job.attempt-adopted</c>.</summary>
    public sealed record AttemptAdopted(int Attempt, string Worker, DateTimeOffset At) : JobEvent;

    /// <summary>An attempt ended badly and another follows. Stored as <c>job.attempt-failed</c>.</summary>
    public sealed record AttemptFailed(int Attempt, string Cause, int? ExitCode, DateTimeOffset NextAttemptAt, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;

    /// <summary>The worker of an attempt fell silent; another attempt follows. Stored as <c>job.lease-lost</c>.</summary>
    public sealed record LeaseLost(int Attempt, string Worker, string Cause, DateTimeOffset NextAttemptAt, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;

    /// <summary>A worker that goes away handed the job back; the attempt does not count. Stored as <c>job.released</c>.</summary>
    public sealed record Released(int Attempt, string Worker, string Cause, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;

    /// <summary>The job ended well. Stored as <c>job.succeeded</c>.</summary>
    public sealed record Succeeded(int Attempt, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;

    /// <summary>The job ended badly. Stored as <c>job.failed</c>.</summary>
    public sealed record Failed(int Attempt, string Cause, int? ExitCode, DateTimeOffset At, bool IsLeaseLost = false,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;

    /// <summary>Somebody asked for an abort. Stored as <c>job.abort-requested</c>.</summary>
    public sealed record AbortRequested(string By, string? Reason, DateTimeOffset At) : JobEvent;

    /// <summary>The job was ended by abort; attempt 0 if it never started. Stored as <c>job.aborted</c>.</summary>
    public sealed record Aborted(int Attempt, string? Reason, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Report = null) : JobEvent;
}

/// <summary>What a worker tells about an attempt at its end. What is null it does not know.</summary>
/// <param name="Code">Why it ended, for programs; see <see cref="AttemptInfo"/>.</param>
/// <param name="LogTo">Null while some of its output has not arrived.</param>
public sealed record AttemptReport(
    string? Code = null, int? Signal = null, double? CpuSeconds = null, long? PeakMemoryBytes = null, long? LogFrom = null, long? LogTo = null);

/// <summary>What a job runs: a version of a function, an item of the hub, or a command. A function of kind hub has both a function and an item.</summary>
/// <param name="Content">Hash of the function's content.</param>
public sealed record JobWork(string? Function, int? FunctionVersion, string? Content, string? Item, IReadOnlyList<string> Command)
{
    /// <summary>Addresses of what it reads, by name, each with its version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Inputs { get; init; }

    /// <summary>Of a distributed function: its processes, with the replicas that this job asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Distribution? Distributed { get; init; }

    /// <summary>Where it runs; the built-in profile of processes when null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Profile { get; init; }

    /// <summary>On a cluster: the image that its program runs in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Image { get; init; }
}

/// <summary>The environment variables of a job, stored beside its stream. Immutable.</summary>
public sealed record JobEnvironment(string Id, IReadOnlyDictionary<string, string> Variables);
