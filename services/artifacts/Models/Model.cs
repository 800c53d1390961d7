using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>What happens to a registered model.</summary>
public abstract record ModelEvent
{
    private ModelEvent()
    {
    }

    /// <summary>
    /// A version was registered. <paramref name="Card"/> and <paramref name="Statistics"/> name the annexes that hold its
    /// <see cref="ModelCard"/> and the distribution of its training data.
    /// </summary>
    public sealed record VersionRegistered(
        string Model, int Version, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card,
        string? Statistics, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>An alias points to a version now; <paramref name="Previous"/> is 0 where it pointed nowhere.</summary>
    public sealed record AliasMoved(string Model, string Alias, int Version, int Previous, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>An alias is gone.</summary>
    public sealed record AliasDeleted(string Model, string Alias, int Previous, string By, DateTimeOffset At) : ModelEvent;

    /// <summary>A version was named the one for production under an alias that points to it.</summary>
    public sealed record Promoted(string Model, int Version, string Alias, int Previous, string? Reason, string By, DateTimeOffset At) : ModelEvent;
}

/// <summary>A registered model: numbered versions, and aliases that point to them.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Name">Its name in the project.</param>
/// <param name="LatestVersion">Number of the newest version; versions have no gaps.</param>
/// <param name="Aliases">Alias to version.</param>
/// <param name="Promoted">Alias to the version last promoted under it, while the alias is still there.</param>
public sealed record Model(
    string Id, string Name, int LatestVersion, IReadOnlyDictionary<string, int> Aliases, IReadOnlyDictionary<string, int> Promoted,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    private const string Prefix = "model:";

    /// <summary>Version of the stream; its ETag.</summary>
    public long Version { get; set; }

    /// <summary>Key of the stream of a model.</summary>
    public static string StreamOf(string name) => Prefix + name;

    public static Model Create(ModelEvent.VersionRegistered e) =>
        new(StreamOf(e.Model), e.Model, e.Version, new Dictionary<string, int>(), new Dictionary<string, int>(), e.At, e.At);

    public Model Apply(ModelEvent.VersionRegistered e) => this with { LatestVersion = e.Version, UpdatedAt = e.At };

    public Model Apply(ModelEvent.AliasMoved e) => this with { Aliases = With(Aliases, e.Alias, e.Version), UpdatedAt = e.At };

    public Model Apply(ModelEvent.AliasDeleted e) => this with { Aliases = Without(Aliases, e.Alias), Promoted = Without(Promoted, e.Alias), UpdatedAt = e.At };

    public Model Apply(ModelEvent.Promoted e) => this with { Promoted = With(Promoted, e.Alias, e.Version), UpdatedAt = e.At };

    internal ModelInfo ToInfo() => new(Name, LatestVersion, Aliases, CreatedAt, UpdatedAt, Version);

    private static SortedDictionary<string, int> With(IReadOnlyDictionary<string, int> map, string key, int value) =>
        new(map.ToDictionary(), StringComparer.Ordinal) { [key] = value };

    private static SortedDictionary<string, int> Without(IReadOnlyDictionary<string, int> map, string key) =>
        new(map.Where(pair => pair.Key != key).ToDictionary(), StringComparer.Ordinal);
}
