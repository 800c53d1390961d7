using System.Collections.Frozen;
using System.Collections.Immutable;
using JasperFx;

namespace Mesh.Tracking.LoggedModels;

/// <summary>Whether the files of a logged model are there.</summary>
public enum LoggedModelStatus
{
    /// <summary>Being written.</summary>
    Pending,

    /// <summary>Complete.</summary>
    Ready,

    /// <summary>Their upload failed.</summary>
    UploadFailed,
}

/// <summary>What can happen to a logged model. Stored for ever: fields are only added, with defaults; names on disk are in <see cref="LoggedModelEventNames"/>.</summary>
public abstract record LoggedModelEvent
{
    private LoggedModelEvent()
    {
    }

    /// <summary>It was begun.</summary>
    /// <param name="ModelId">Its id: <c>m-</c> and 32 hex digits.</param>
    /// <param name="SourceRun">The run that makes it.</param>
    public sealed record Created(
        string ModelId, long ExperimentId, string Name, string? ModelType, Guid? SourceRun, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy, DateTimeOffset At) : LoggedModelEvent;

    /// <summary>Its files are there, or will not come.</summary>
    public sealed record Finalized(LoggedModelStatus Status, DateTimeOffset At) : LoggedModelEvent;

    /// <summary>Params got their values, once and for all.</summary>
    public sealed record ParamsLogged(IReadOnlyDictionary<string, string> Params, DateTimeOffset At) : LoggedModelEvent;

    /// <summary>Tags were set and removed; only what changed.</summary>
    public sealed record TagsSet(IReadOnlyDictionary<string, string> Set, IReadOnlyList<string> Removed, DateTimeOffset At) : LoggedModelEvent;

    /// <summary>It was taken out of sight.</summary>
    public sealed record Deleted(DateTimeOffset At) : LoggedModelEvent;
}

/// <summary>The names under which the events of a logged model are stored. They are data: never changed once written.</summary>
internal static class LoggedModelEventNames
{
    public static FrozenDictionary<Type, string> All { get; } = new Dictionary<Type, string>
    {
        [typeof(LoggedModelEvent.Created)] = "logged-model.created",
        [typeof(LoggedModelEvent.Finalized)] = "logged-model.finalized",
        [typeof(LoggedModelEvent.ParamsLogged)] = "logged-model.params-logged",
        [typeof(LoggedModelEvent.TagsSet)] = "logged-model.tags-set",
        [typeof(LoggedModelEvent.Deleted)] = "logged-model.deleted",
    }.ToFrozenDictionary();
}

/// <summary>A model that a run wrote, before (and whether or not) it is registered. A fold over its events, kept as an inline snapshot.</summary>
public sealed record LoggedModel : ILongVersioned
{
    /// <summary>Its id, and key of the stream.</summary>
    public string Id { get; init; } = "";

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    /// <summary>Number of its experiment.</summary>
    public long ExperimentId { get; init; }

    /// <summary>For people; several may have the same.</summary>
    public string Name { get; init; } = "";

    /// <summary>What kind of model it is, as its client says.</summary>
    public string? ModelType { get; init; }

    /// <summary>The run that made it.</summary>
    public Guid? SourceRun { get; init; }

    /// <summary>Whether its files are there.</summary>
    public LoggedModelStatus Status { get; init; }

    /// <summary>Write-once values.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Values that may change.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Who created it.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether it was taken out of sight.</summary>
    public bool Deleted { get; init; }

    public static LoggedModel Create(LoggedModelEvent.Created e) => new()
    {
        Id = e.ModelId,
        ExperimentId = e.ExperimentId,
        Name = e.Name,
        ModelType = e.ModelType,
        SourceRun = e.SourceRun,
        Params = e.Params,
        Tags = e.Tags,
        CreatedBy = e.CreatedBy,
        CreatedAt = e.At,
        UpdatedAt = e.At,
    };

    public LoggedModel Apply(LoggedModelEvent.Finalized e) => this with { Status = e.Status, UpdatedAt = e.At };

    public LoggedModel Apply(LoggedModelEvent.ParamsLogged e) => this with { Params = With(Params, e.Params, []), UpdatedAt = e.At };

    public LoggedModel Apply(LoggedModelEvent.TagsSet e) => this with { Tags = With(Tags, e.Set, e.Removed), UpdatedAt = e.At };

    public LoggedModel Apply(LoggedModelEvent.Deleted e) => this with { Deleted = true, UpdatedAt = e.At };

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> removed)
    {
        var values = new Dictionary<string, string>(old, StringComparer.Ordinal);
        foreach (var key in removed) values.Remove(key);
        foreach (var (key, value) in set) values[key] = value;
        return values;
    }
}
