using System.Text.Json.Serialization;

namespace Mesh.Contracts.Functions;

/// <summary>Where a job is in its life.</summary>
public enum JobStatus
{
    /// <summary>Waits for a worker, or for the back-off after a failed attempt.</summary>
    Queued,

    /// <summary>A worker holds its lease.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Every attempt failed.</summary>
    Failed,

    /// <summary>An abort was asked for; the process tree is being ended.</summary>
    Aborting,

    /// <summary>Ended by abort.</summary>
    Aborted,
}

/// <summary><c>POST /api/v1/projects/{project}/jobs</c>: exactly one of function, item and command.</summary>
/// <param name="Function">Name of a function of the project.</param>
/// <param name="FunctionVersion">Its version; the newest when absent.</param>
/// <param name="Item">Name of a hub item.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Name">Name of the run; made from what runs when absent.</param>
/// <param name="Experiment">Experiment of the run.</param>
/// <param name="Params">Laid over the defaults of the function.</param>
/// <param name="DeadlineSeconds">Time for the whole job, its waits and all its attempts.</param>
/// <param name="Priority">Higher goes first, -100 to 100; 0 when absent.</param>
public sealed record SubmitJob(
    string? Function = null, int? FunctionVersion = null, string? Item = null, IReadOnlyList<string>? Command = null, string? Name = null,
    string? Experiment = null, Dictionary<string, string>? Params = null, Dictionary<string, string>? Environment = null,
    IReadOnlyList<string>? Secrets = null, int? MaxAttempts = null, int? TimeoutSeconds = null, Dictionary<string, string>? Tags = null,
    // Jobs are stored with alerts and schedules: what came later is absent from the older ones, and stays so.
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RetryPolicy? Retry = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StateTimeouts? Timeouts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DeadlineSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Priority = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobResources? Resources = null) : IChecked
{
    /// <summary>What it reads, by name: <c>mesh://</c> addresses of things of the project, pinned to a version when the job is submitted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Inputs { get; init; }

    /// <summary>A tag of the function, instead of its version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FunctionTag { get; init; }

    /// <summary>Of a distributed function: other numbers of replicas, by role.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, int>? Replicas { get; init; }

    /// <summary>Names of the project's secrets that it gets as files, beside those of the function: <c>{NAME}_FILE</c> is where each lies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? SecretFiles { get; init; }

    /// <summary>Where it runs; where the function says when absent, else the default profile.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Profile { get; init; }

    /// <summary>On a cluster: the image that its program runs in; the function's when absent, else the profile's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Image { get; init; }

    public void Check(Faults faults)
    {
        ProfileChecks.Common(faults, Profile, Image);
        JobChecks.SecretNames(faults, SecretFiles, "secretFiles");
        faults.Require(FunctionTag is null || (Function is not null && FunctionVersion is null), "functionTag", "goes with a function, and without its version.");
        faults.Text(FunctionTag, "functionTag", 255);
        CodeChecks.Inputs(faults, Inputs);
        var named = (Function is null ? 0 : 1) + (Item is null ? 0 : 1) + (Command is null ? 0 : 1);
        faults.Require(named == 1, "function", "exactly one of function, item and command must be given.");
        if (Function is not null) faults.Name(Function, "function");
        if (Item is not null) faults.Name(Item, "item");
        if (Command is not null) JobChecks.Command(faults, Command);
        faults.Require(FunctionVersion is null or >= 1, "functionVersion", "must be 1 or more.");
        faults.Text(Name, "name", 250);
        if (Experiment is not null) faults.Key(Experiment, "experiment");
        JobChecks.Common(faults, Params, Environment, Secrets, MaxAttempts, TimeoutSeconds);
        faults.Tags(Tags, "tags");
        faults.Require(Replicas is null || Function is not null, "replicas", "goes with a function that is distributed.");
        faults.Count(Replicas?.Count ?? 0, "replicas", 10);
        JobChecks.Policy(faults, Retry, MaxAttempts, Timeouts, TimeoutSeconds, Priority, Resources);
        StateTimeouts.Time(faults, DeadlineSeconds, "deadlineSeconds");
    }
}

/// <summary>One try of a job.</summary>
public sealed record JobAttempt(int Number, string Worker, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, int? ExitCode, string? Cause);

/// <summary>A job. Its run in tracking has the same id.</summary>
/// <param name="Unschedulable">Why no worker that is alive could ever take it; absent when one could.</param>
public sealed record JobInfo(
    Guid Id, string Name, string Experiment, string? Function, int? FunctionVersion, string? Item, IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Params, JobStatus Status, string? Cause, int MaxAttempts, int TimeoutSeconds,
    IReadOnlyList<JobAttempt> Attempts, DateTimeOffset? NextAttemptAt, string SubmittedBy, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, long Version,
    JobPolicy? Policy = null, string? Unschedulable = null)
{
    /// <summary>What it reads, by name.</summary>
    public IReadOnlyDictionary<string, string>? Inputs { get; init; }

    /// <summary>How its processes work together, where they are several: replicas and commands as they are run.</summary>
    public Distribution? Distributed { get; init; }

    /// <summary>Where it runs.</summary>
    public string Profile { get; init; } = "process";

    /// <summary>On a cluster: the image that its program runs in.</summary>
    public string? Image { get; init; }
}

/// <summary><c>POST …/jobs/{id}/abort</c></summary>
public sealed record AbortJob(string? Reason = null) : IChecked
{
    public void Check(Faults faults) => faults.Text(Reason, "reason", 5000);
}
