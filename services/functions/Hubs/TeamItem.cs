using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Hubs;

/// <summary>What happens to an item of a hub.</summary>
public abstract record HubItemEvent
{
    private HubItemEvent()
    {
    }

    /// <summary>A version came. What its manifest says lies beside the stream. Stored as <c>hub-item.added</c>.</summary>
    /// <param name="Hash">SHA-256 of what its files are.</param>
    /// <param name="Bundle">Where these lie.</param>
    public sealed record Added(
        string Hub, int Generation, string Item, string Version, string Hash, CodeBundle Bundle, string Description, IReadOnlyList<string> Categories, string By,
        DateTimeOffset At) : HubItemEvent;
}

/// <summary>A version in the list of an item.</summary>
public sealed record TeamItemVersion(string Version, string Hash, CodeBundle Bundle, string AddedBy, DateTimeOffset AddedAt);

/// <summary>An item of a hub: its versions, none of which ever changes.</summary>
public sealed record TeamItem
{
    /// <summary>Stream key, see <see cref="KeyOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    /// <summary>The hub, see <see cref="PlaceOf"/>.</summary>
    public required string Place { get; init; }

    public required string Hub { get; init; }

    public required string Name { get; init; }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<TeamItemVersion> Versions { get; init; } = [];

    /// <summary>The version that is meant by none.</summary>
    public string Latest { get; init; } = "";

    /// <summary>What the latest version says.</summary>
    public string Description { get; init; } = "";

    /// <summary>What the latest version says.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>A hub as it is since it was begun.</summary>
    public static string PlaceOf(string hub, int generation) => $"{hub}/{generation}";

    public static string KeyOf(string hub, int generation, string item) => $"hub-item:{PlaceOf(hub, generation)}/{item}";

    public static TeamItem Create(HubItemEvent.Added e) =>
        new TeamItem { Id = KeyOf(e.Hub, e.Generation, e.Item), Place = PlaceOf(e.Hub, e.Generation), Hub = e.Hub, Name = e.Item }.Apply(e);

    public TeamItem Apply(HubItemEvent.Added e)
    {
        var added = this with { Versions = [.. Versions, new TeamItemVersion(e.Version, e.Hash, e.Bundle, e.By, e.At)] };
        added = added with { Latest = SemanticVersion.Latest(added.Versions.Select(v => v.Version)) };
        return added.Latest == e.Version ? added with { Description = e.Description, Categories = e.Categories } : added;
    }

    /// <summary>A version; the latest for null; null when there is none.</summary>
    public TeamItemVersion? Find(string? version) => Versions.FirstOrDefault(v => v.Version == (version ?? Latest));

    public HubItemSummary ToSummary() => new(Hub, Name, Latest, Description, Categories, Versions.Count, Find(null)!.AddedAt);
}

/// <summary>The decisions about items of hubs.</summary>
public static class HubItemDecider
{
    /// <summary>The most versions that an item has.</summary>
    public const int MostVersions = 200;

    /// <summary>Adds a version; the same content again is nothing, other content under its number is refused.</summary>
    public static Decision<HubItemEvent> Add(HubItemEvent.Added version, TeamItem? state)
    {
        if (state?.Find(version.Version) is { } known)
        {
            return known.Hash == version.Hash
                ? Decision<HubItemEvent>.Nothing
                : Rejection.Conflict("hub-item.version-taken", $"'{version.Hub}/{version.Item}@{version.Version}' is there with other content, and versions never change: raise the version.", "version");
        }

        return state?.Versions.Count >= MostVersions
            ? Rejection.Unprocessable("hub-item.too-many-versions", $"An item has at most {MostVersions} versions.", "version")
            : version;
    }

    internal static Rejection Unknown(string hub, string item) => Rejection.NotFound("hub-item.unknown", $"The hub '{hub}' has no item '{item}'.");

    internal static Rejection UnknownVersion(TeamItem item, string version) => Rejection.NotFound(
        "hub-item.version-unknown", $"'{item.Hub}/{item.Name}' has no version '{version}'; its latest is {item.Latest}.");
}
