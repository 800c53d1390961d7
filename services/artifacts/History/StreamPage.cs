using Mesh.Contracts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.History;

/// <summary>A stream as pages of its history, oldest entry first.</summary>
internal static class StreamPage
{
    private sealed record AfterVersion(long Version);

    /// <summary>One page; null when there is no such stream.</summary>
    public static async Task<Page<HistoryEntry>?> ReadAsync(IArtifactsStore store, string project, string stream, PageRequest page, CancellationToken ct)
    {
        var after = page.After<AfterVersion>()?.Version ?? 0;
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(stream, after, page.Limit + 1, ct);
        return entries.Count == 0 && await session.Events.FetchStreamStateAsync(stream, ct) is null ? null : page.ToPage(entries, entry => new AfterVersion(entry.Version));
    }
}
