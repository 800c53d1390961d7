using Mesh.Hosting.Decisions;
using static Mesh.Hosting.Decisions.Rejection;

namespace Mesh.Tracking.Experiments;

/// <summary>What can be asked of an experiment.</summary>
internal abstract record ExperimentCommand
{
    private ExperimentCommand()
    {
    }

    public sealed record Create(long Number, string Name, string? ArtifactLocation, IReadOnlyDictionary<string, string> Tags, string CreatedBy) : ExperimentCommand;

    public sealed record Rename(string Name) : ExperimentCommand;

    /// <summary>A null value removes the tag.</summary>
    public sealed record SetTags(IReadOnlyDictionary<string, string?> Tags) : ExperimentCommand;

    public sealed record Delete : ExperimentCommand;

    public sealed record Restore : ExperimentCommand;
}

/// <summary>The life of an experiment. Pure: no clock, no store. The same command twice adds nothing. That names are unique is the store's to say.</summary>
internal static class ExperimentDecider
{
    /// <summary>The most tags one experiment may have.</summary>
    public const int MaxTags = 500;

    /// <summary>404: there is no such experiment in the project.</summary>
    public static Rejection Unknown { get; } = NotFound("experiment.unknown", "There is no such experiment in this project.");

    public static Decision<ExperimentEvent> Decide(ExperimentCommand command, Experiment? experiment, DateTimeOffset now) => (command, experiment) switch
    {
        (ExperimentCommand.Create c, null) => new ExperimentEvent.Created(c.Number, c.Name, c.ArtifactLocation, c.Tags, c.CreatedBy, now),
        (ExperimentCommand.Create, _) => Decision<ExperimentEvent>.Nothing,
        (_, null) => Unknown,
        (ExperimentCommand.Delete, { Deleted: true }) => Decision<ExperimentEvent>.Nothing,
        (ExperimentCommand.Delete, _) => new ExperimentEvent.Deleted(now),
        (ExperimentCommand.Restore, { Deleted: false }) => Decision<ExperimentEvent>.Nothing,
        (ExperimentCommand.Restore, _) => new ExperimentEvent.Restored(now),
        (_, { Deleted: true }) => Gone(experiment),
        (ExperimentCommand.Rename c, _) => c.Name == experiment.Name ? Decision<ExperimentEvent>.Nothing : new ExperimentEvent.Renamed(c.Name, now),
        (ExperimentCommand.SetTags c, _) => SetTags(c, experiment, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };

    /// <summary>409: the name is taken, perhaps by a deleted experiment.</summary>
    public static Rejection Taken(string name, bool byDeleted) => Conflict("experiment.exists", byDeleted
        ? $"Experiment '{name}' already exists in deleted state. Restore it, or choose another name."
        : $"Experiment '{name}' already exists.", "name");

    /// <summary>409: a deleted experiment does not change.</summary>
    public static Rejection Gone(Experiment experiment) =>
        Conflict("experiment.deleted", $"Experiment '{experiment.Name}' is deleted. Restore it first.");

    private static Decision<ExperimentEvent> SetTags(ExperimentCommand.SetTags c, Experiment experiment, DateTimeOffset now)
    {
        var set = c.Tags.Where(tag => tag.Value is not null && (!experiment.Tags.TryGetValue(tag.Key, out var old) || old != tag.Value))
            .ToDictionary(tag => tag.Key, tag => tag.Value!, StringComparer.Ordinal);
        string[] removed = [.. c.Tags.Where(tag => tag.Value is null && experiment.Tags.ContainsKey(tag.Key)).Select(tag => tag.Key)];
        if (set.Count == 0 && removed.Length == 0) return Decision<ExperimentEvent>.Nothing;
        var changed = new ExperimentEvent.TagsSet(set, removed, now);
        return experiment.Apply(changed).Tags.Count > MaxTags
            ? Unprocessable("tags.too-many", $"An experiment holds at most {MaxTags} tags.", "tags")
            : changed;
    }
}
