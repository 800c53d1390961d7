using System.Collections.Frozen;

namespace Mesh.Tracking.Experiments;

/// <summary>What can happen to an experiment. Stored for ever: fields are only added, with defaults; names on disk are in <see cref="ExperimentEventNames"/>.</summary>
public abstract record ExperimentEvent
{
    private ExperimentEvent()
    {
    }

    /// <summary>It was created, by a call or by the first run that named it.</summary>
    /// <param name="Number">Its id within the project; 0 is the experiment that every project has.</param>
    /// <param name="ArtifactLocation">Where files of its runs are; null for the platform's own store.</param>
    public sealed record Created(
        long Number, string Name, string? ArtifactLocation, IReadOnlyDictionary<string, string> Tags, string CreatedBy, DateTimeOffset At) : ExperimentEvent;

    /// <summary>It got another name. Its runs follow.</summary>
    public sealed record Renamed(string Name, DateTimeOffset At) : ExperimentEvent;

    /// <summary>Tags were set and removed; only what changed.</summary>
    public sealed record TagsSet(IReadOnlyDictionary<string, string> Set, IReadOnlyList<string> Removed, DateTimeOffset At) : ExperimentEvent;

    /// <summary>It was taken out of sight, with its runs. Its name stays taken.</summary>
    public sealed record Deleted(DateTimeOffset At) : ExperimentEvent;

    /// <summary>It came back, with the runs that went with it.</summary>
    public sealed record Restored(DateTimeOffset At) : ExperimentEvent;
}

/// <summary>The names under which the events of an experiment are stored. They are data: never changed once written.</summary>
internal static class ExperimentEventNames
{
    public static FrozenDictionary<Type, string> All { get; } = new Dictionary<Type, string>
    {
        [typeof(ExperimentEvent.Created)] = "experiment.created",
        [typeof(ExperimentEvent.Renamed)] = "experiment.renamed",
        [typeof(ExperimentEvent.TagsSet)] = "experiment.tags-set",
        [typeof(ExperimentEvent.Deleted)] = "experiment.deleted",
        [typeof(ExperimentEvent.Restored)] = "experiment.restored",
    }.ToFrozenDictionary();
}
