namespace Mesh.Contracts.Artifacts;

/// <summary>Which way a question about lineage goes.</summary>
public enum LineageDirection
{
    /// <summary>What it was made from, and what it was made from.</summary>
    Up,

    /// <summary>What was made from it, and what from that.</summary>
    Down,

    /// <summary>Both, without the other descendants of its ancestors.</summary>
    Both,
}

/// <summary>How one thing led to another.</summary>
public enum LineageRelation
{
    /// <summary>The run read it.</summary>
    Used,

    /// <summary>The run made it.</summary>
    Produced,

    /// <summary>The version of the model was made from the artifact.</summary>
    RegisteredAs,

    /// <summary>The endpoint answers, or answered, from the version.</summary>
    Serves,

    /// <summary>The alias points, or pointed, to the version.</summary>
    Aliased,

    /// <summary>The window holds what the endpoint was asked.</summary>
    Observed,

    /// <summary>The alert was fired by it.</summary>
    Raised,

    /// <summary>The alert started the run.</summary>
    Triggered,

    /// <summary>The run is the parent of the other.</summary>
    Parent,

    /// <summary>The version of the function ran as the run.</summary>
    Ran,
}

/// <summary>A thing of the graph.</summary>
/// <param name="Uri">Its address.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Attributes">What is known of it, such as <c>code.commit</c> and <c>params.lr</c> of a run.</param>
/// <param name="FirstSeen">The time of the first event that named it.</param>
/// <param name="LastSeen">The time of the last one.</param>
/// <param name="Distance">How many steps from the thing that was asked for: below zero upstream, above it downstream.</param>
/// <param name="Ended">Since when it is gone: a deleted endpoint or alias, a purged run.</param>
public sealed record LineageNode(
    string Uri, string Kind, string Title, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, int Distance,
    DateTimeOffset? Ended = null);

/// <summary>How one thing led to another: <paramref name="From"/> is upstream.</summary>
/// <param name="Now">False where it was so once: an endpoint that serves another version now, an alias that moved.</param>
public sealed record LineageEdge(string From, string To, LineageRelation Type, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, bool Now = true);

/// <summary>The surroundings of one thing, nearest first.</summary>
/// <param name="Root">The thing that was asked for.</param>
/// <param name="Truncated">Whether there is more within the depth than the limit let through.</param>
public sealed record LineageGraph(string Root, IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges, bool Truncated);

/// <summary>An endpoint that answered from something affected.</summary>
/// <param name="ServesNow">Whether it does now.</param>
/// <param name="Version">The affected version of a registered model that it serves now, or served last.</param>
public sealed record AffectedEndpoint(string Uri, string Endpoint, string Version, bool ServesNow);

/// <summary>An alias that points to something affected now.</summary>
public sealed record AffectedAlias(string Uri, string Model, string Alias, string Version);

/// <summary>What depends on one thing, and would be affected if it were withdrawn.</summary>
/// <param name="Endpoints">Those that serve from it now first.</param>
/// <param name="Truncated">Whether there is more than was looked at.</param>
public sealed record LineageAffected(
    string Root, IReadOnlyList<AffectedEndpoint> Endpoints, IReadOnlyList<AffectedAlias> Aliases, IReadOnlyList<string> ModelVersions,
    IReadOnlyList<string> Artifacts, IReadOnlyList<string> Runs, bool Truncated);
