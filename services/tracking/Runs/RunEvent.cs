using System.Collections.Frozen;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Runs;

/// <summary>What can happen to a run. Stored for ever: fields are only added, with defaults; names on disk are in <see cref="RunEventNames"/>.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The run was created.</summary>
    /// <param name="Experiment">Name of its experiment at that time.</param>
    /// <param name="Fingerprint">Hash of the request, when it carried an idempotency key: tells a repeat from a reuse of the key.</param>
    /// <param name="ExperimentId">Number of its experiment.</param>
    /// <param name="User">For whom it was created, when the caller says so; whoever created it otherwise.</param>
    /// <param name="Group">A name that runs of one purpose share, such as the seeds of one configuration.</param>
    public sealed record Created(
        Guid RunId, string Name, string Experiment, string? Kind, Guid? Parent, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy, DateTimeOffset At, string? Fingerprint = null,
        long ExperimentId = 0, string? User = null, string? Group = null) : RunEvent;

    /// <summary>It got another name.</summary>
    public sealed record Renamed(string Name, DateTimeOffset At) : RunEvent;

    /// <summary>A worker took the lease.</summary>
    public sealed record Started(int Attempt, string? Worker, DateTimeOffset At) : RunEvent;

    /// <summary>An attempt ended without an end of the run: it failed and another follows, or another took the lease.</summary>
    public sealed record AttemptLost(int Attempt, string Cause, DateTimeOffset At) : RunEvent;

    /// <summary>Params got their values, once and for all.</summary>
    public sealed record ParamsLogged(IReadOnlyDictionary<string, string> Params, DateTimeOffset At) : RunEvent;

    /// <summary>Tags were set and removed; only what changed.</summary>
    public sealed record TagsSet(IReadOnlyDictionary<string, string> Set, IReadOnlyList<string> Removed, DateTimeOffset At) : RunEvent;

    /// <summary>The run ended well.</summary>
    public sealed record Completed(string Name, string Experiment, Guid? Parent, int Attempt, DateTimeOffset At) : RunEvent;

    /// <summary>The run ended badly.</summary>
    public sealed record Failed(string Name, string Experiment, Guid? Parent, int Attempt, string Cause, DateTimeOffset At) : RunEvent;

    /// <summary>Somebody asked for an abort.</summary>
    public sealed record AbortRequested(string? Reason, DateTimeOffset At) : RunEvent;

    /// <summary>The run ended by abort.</summary>
    public sealed record Aborted(string Name, string Experiment, Guid? Parent, string? Reason, DateTimeOffset At) : RunEvent;

    /// <summary>Work on it went on after its end.</summary>
    public sealed record Resumed(DateTimeOffset At) : RunEvent;

    /// <summary>Data sets that it read. Their schemas and profiles are kept beside the stream.</summary>
    public sealed record InputsLogged(IReadOnlyList<DatasetRef> Datasets, DateTimeOffset At) : RunEvent;

    /// <summary>Models that it made.</summary>
    public sealed record OutputsLogged(IReadOnlyList<ModelOutput> Models, DateTimeOffset At) : RunEvent;

    /// <summary>Where its code came from and what it ran on; what is null stays as it was.</summary>
    public sealed record ContextDescribed(RunSource? Source, RunEnvironment? Environment, DateTimeOffset At) : RunEvent;

    /// <summary>A version of an artifact was logged for it.</summary>
    public sealed record ArtifactLinked(string Key, string Kind, int ArtifactVersion, DateTimeOffset At) : RunEvent;

    /// <summary>What its metrics came to at its end.</summary>
    public sealed record MetricsSummarized(IReadOnlyDictionary<string, MetricSummary> Metrics, DateTimeOffset At) : RunEvent;

    /// <summary>The run was taken out of sight.</summary>
    /// <param name="WithExperiment">Whether it went with its experiment, and comes back with it.</param>
    public sealed record Deleted(DateTimeOffset At, bool WithExperiment = false) : RunEvent;

    /// <summary>The run came back.</summary>
    public sealed record Restored(DateTimeOffset At) : RunEvent;

    /// <summary>The deleted run is gone for good; what is kept of it is removed once others have heard of it, this stream last.</summary>
    public sealed record Purged(DateTimeOffset At) : RunEvent;
}

/// <summary>The names under which the events of a run are stored. They are data: never changed once written.</summary>
internal static class RunEventNames
{
    public static FrozenDictionary<Type, string> All { get; } = new Dictionary<Type, string>
    {
        [typeof(RunEvent.Created)] = "run.created",
        [typeof(RunEvent.Started)] = "run.started",
        [typeof(RunEvent.AttemptLost)] = "run.attempt-lost",
        [typeof(RunEvent.ParamsLogged)] = "run.params-logged",
        [typeof(RunEvent.TagsSet)] = "run.tags-set",
        [typeof(RunEvent.Completed)] = "run.completed",
        [typeof(RunEvent.Failed)] = "run.failed",
        [typeof(RunEvent.AbortRequested)] = "run.abort-requested",
        [typeof(RunEvent.Aborted)] = "run.aborted",
        [typeof(RunEvent.Deleted)] = "run.deleted",
        [typeof(RunEvent.Renamed)] = "run.renamed",
        [typeof(RunEvent.Resumed)] = "run.resumed",
        [typeof(RunEvent.InputsLogged)] = "run.inputs-logged",
        [typeof(RunEvent.OutputsLogged)] = "run.outputs-logged",
        [typeof(RunEvent.ContextDescribed)] = "run.context-described",
        [typeof(RunEvent.ArtifactLinked)] = "run.artifact-linked",
        [typeof(RunEvent.MetricsSummarized)] = "run.metrics-summarized",
        [typeof(RunEvent.Restored)] = "run.restored",
        [typeof(RunEvent.Purged)] = "run.purged",
    }.ToFrozenDictionary();
}
