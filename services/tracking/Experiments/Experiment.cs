using System.Collections.Immutable;
using System.Globalization;
using JasperFx;

namespace Mesh.Tracking.Experiments;

/// <summary>A group of runs under a name, as its events leave it. Kept as a snapshot in the transaction of each append.</summary>
public sealed record Experiment : ILongVersioned
{
    /// <summary>The experiment that every project has from the start.</summary>
    public const long Default = 0;

    /// <summary>Its name until somebody changes it.</summary>
    public const string DefaultName = "Default";

    /// <summary>Key of the stream: see <see cref="Key"/>.</summary>
    public string Id { get; init; } = "";

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    /// <summary>Its id within the project, as callers know it.</summary>
    public long Number { get; init; }

    /// <summary>Unique in the project, also among the deleted.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where files of its runs are; null for the platform's own store.</summary>
    public string? ArtifactLocation { get; init; }

    /// <summary>Values that may change.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Who created it.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed itself; its runs do not count.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether it was taken out of sight.</summary>
    public bool Deleted { get; init; }

    /// <summary>Key of the stream of an experiment.</summary>
    public static string Key(long number) => string.Create(CultureInfo.InvariantCulture, $"experiment-{number}");

    public static Experiment Create(ExperimentEvent.Created e) => new()
    {
        Id = Key(e.Number),
        Number = e.Number,
        Name = e.Name,
        ArtifactLocation = e.ArtifactLocation,
        Tags = e.Tags,
        CreatedBy = e.CreatedBy,
        CreatedAt = e.At,
        UpdatedAt = e.At,
    };

    public Experiment Apply(ExperimentEvent.Renamed e) => this with { Name = e.Name, UpdatedAt = e.At };

    public Experiment Apply(ExperimentEvent.TagsSet e)
    {
        var tags = new Dictionary<string, string>(Tags, StringComparer.Ordinal);
        foreach (var key in e.Removed) tags.Remove(key);
        foreach (var (key, value) in e.Set) tags[key] = value;
        return this with { Tags = tags, UpdatedAt = e.At };
    }

    public Experiment Apply(ExperimentEvent.Deleted e) => this with { Deleted = true, UpdatedAt = e.At };

    public Experiment Apply(ExperimentEvent.Restored e) => this with { Deleted = false, UpdatedAt = e.At };

    /// <summary>The state after one more event: the same fold that the store does.</summary>
    internal static Experiment Evolve(Experiment? experiment, ExperimentEvent happened) => happened switch
    {
        ExperimentEvent.Created e => Create(e),
        _ when experiment is null => throw new InvalidOperationException($"{happened.GetType().Name} before the experiment was created."),
        ExperimentEvent.Renamed e => experiment.Apply(e),
        ExperimentEvent.TagsSet e => experiment.Apply(e),
        ExperimentEvent.Deleted e => experiment.Apply(e),
        ExperimentEvent.Restored e => experiment.Apply(e),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event of an experiment."),
    };
}
