using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Hubs;

/// <summary>What happens to a hub of a project.</summary>
public abstract record HubEvent
{
    private HubEvent()
    {
    }

    /// <summary>A hub was registered, or its source or description changed. Stored as <c>hub.registered</c>.</summary>
    /// <param name="Generation">How often a hub of this name was begun: after a removal nothing of before counts.</param>
    public sealed record Registered(string Hub, int Generation, HubSource? Source, string? Description, string By, DateTimeOffset At) : HubEvent;

    /// <summary>Its source was read. Stored as <c>hub.refreshed</c>.</summary>
    /// <param name="Revision">What the source was: a commit, <c>key@version</c>, or a hash.</param>
    /// <param name="Found">Versions of items that are in order.</param>
    /// <param name="Added">Those that were new.</param>
    public sealed record Refreshed(string Hub, string Revision, int Found, int Added, IReadOnlyList<HubFault> Faults, string By, DateTimeOffset At) : HubEvent;

    /// <summary>A hub is gone; functions that were made of its items stay. Stored as <c>hub.removed</c>.</summary>
    public sealed record Removed(string Hub, string By, DateTimeOffset At) : HubEvent;
}

/// <summary>A hub of a project: where items come from.</summary>
public sealed record TeamHub
{
    /// <summary>Stream key, see <see cref="KeyOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the stream.</summary>
    public long Version { get; set; }

    public required string Name { get; init; }

    public int Generation { get; init; }

    public bool IsRemoved { get; init; }

    public HubSource? Source { get; init; }

    public string? Description { get; init; }

    public string? Revision { get; init; }

    public IReadOnlyList<HubFault> Faults { get; init; } = [];

    public string RegisteredBy { get; init; } = "";

    public DateTimeOffset RegisteredAt { get; init; }

    public DateTimeOffset? RefreshedAt { get; init; }

    public static string KeyOf(string name) => $"hub:{name}";

    public static TeamHub Create(HubEvent.Registered e) => new TeamHub { Id = KeyOf(e.Hub), Name = e.Hub }.Apply(e);

    public TeamHub Apply(HubEvent.Registered e)
    {
        var begun = this with { IsRemoved = false, Generation = e.Generation, Source = e.Source, Description = e.Description };
        return e.Generation == Generation ? begun : begun with { Revision = null, Faults = [], RefreshedAt = null, RegisteredBy = e.By, RegisteredAt = e.At };
    }

    public TeamHub Apply(HubEvent.Refreshed e) => this with { Revision = e.Revision, Faults = e.Faults, RefreshedAt = e.At };

    public TeamHub Apply(HubEvent.Removed _) => this with { IsRemoved = true };

    public HubInfo ToInfo() => new(Name, Source, Description, Revision, Faults, RegisteredBy, RegisteredAt, RefreshedAt);
}

/// <summary>The decisions about hubs.</summary>
public static class HubDecider
{
    /// <summary>Registers a hub, or says anew where its items come from; the same again is nothing.</summary>
    public static Decision<HubEvent> Register(string name, PutHub body, string by, TeamHub? state, DateTimeOffset now)
    {
        if (state is { IsRemoved: false } && state.Source == body.Source && state.Description == body.Description) return Decision<HubEvent>.Nothing;
        var generation = state is { IsRemoved: false } ? state.Generation : (state?.Generation ?? 0) + 1;
        return new HubEvent.Registered(name, generation, body.Source, body.Description, by, now);
    }

    /// <summary>Notes that the source was read, unless the hub went, or began anew, meanwhile.</summary>
    public static Decision<HubEvent> Refresh(TeamHub read, HubRefresh found, string by, TeamHub? state, DateTimeOffset now) => state is not { IsRemoved: false } || state.Generation != read.Generation
        ? Unknown(read.Name)
        : new HubEvent.Refreshed(read.Name, found.Revision, found.Found, found.Added.Count, found.Faults, by, now);

    public static Decision<HubEvent> Remove(string name, string by, TeamHub? state, DateTimeOffset now) =>
        state is not { IsRemoved: false } ? Unknown(name) : new HubEvent.Removed(name, by, now);

    internal static Rejection Unknown(string name) => Rejection.NotFound("hub.unknown", $"There is no hub '{name}' in this project.");
}
