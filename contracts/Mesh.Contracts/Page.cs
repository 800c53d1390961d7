namespace Mesh.Contracts;

/// <summary>One page of a list. <paramref name="Next"/> is an opaque cursor for <c>?cursor=</c>, absent on the last page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null);

/// <summary>One entry of an object's history: what happened, who did it, when.</summary>
/// <param name="Version">Position in the object's own stream, from 1.</param>
/// <param name="Type">Stored name of the event, such as <c>run.started</c>.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Actor">User or service that caused it.</param>
/// <param name="Data">The event itself.</param>
public sealed record HistoryEntry(long Version, string Type, DateTimeOffset At, string? Actor, System.Text.Json.JsonElement Data);
