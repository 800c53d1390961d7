using System.Text.Json;
using Marten;
using Mesh.Contracts;

namespace Mesh.Hosting.Store;

/// <summary>Reads what happened to one object.</summary>
public static class StreamHistory
{
    /// <summary>Entries of a stream after a version, oldest first.</summary>
    public static async Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(
        this IQuerySession session, string stream, long afterVersion, int limit, CancellationToken ct)
    {
        // No stream is that long: such a version comes from a cursor that somebody made up.
        if (afterVersion > long.MaxValue - limit - 1) return [];
        var events = await session.Events.FetchStreamAsync(stream, version: afterVersion + limit, fromVersion: afterVersion + 1, token: ct);
        return [.. events.Select(e => new HistoryEntry(
            e.Version, e.EventTypeName, e.Timestamp, e.UserName, JsonSerializer.SerializeToElement(e.Data, e.Data.GetType(), MeshJson.Tolerant)))];
    }
}
