using System.Collections.Frozen;

namespace Mesh.Tracking.Runs;

/// <summary>What can happen to a run. Stored for ever: fields are only added, with defaults; names on disk are in <see cref="RunEventNames"/>.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The run was created.</summary>
    /// <param name="Fingerprint">Hash of the request, when it carried an idempotency key: tells a repeat from a reuse of the key.</param>
    public sealed record Created(
        Guid RunId, string Name, string Experiment, string? Kind, Guid? Parent, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy, DateTimeOffset At, string? Fingerprint = null) : RunEvent;

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

    /// <summary>The run was taken out of sight.</summary>
    public sealed record Deleted(DateTimeOffset At) : RunEvent;
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
    }.ToFrozenDictionary();
}
