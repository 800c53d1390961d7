using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Artifacts.Artifacts;

/// <summary>The lists of artifacts and of their versions.</summary>
internal static class ArtifactList
{
    private sealed record AfterKey(string Key);

    private sealed record BeforeVersion(int Version);

    internal static async Task<Results<Ok<Page<ArtifactInfo>>, ProblemHttpResult>> List(
        string project, string? kind, Guid? runId, [FromQuery] string[]? label, string? prefix, string? text, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var filter = ArtifactFilter.Read(kind, runId, label, prefix, text);
        if (filter.Rejected is { } rejected) return rejected.ToProblem();
        var after = page.After<AfterKey>()?.Key;
        await using var session = store.OpenQuery(project);
        var infos = filter.RunId is { } run
            ? await OfRunAsync(session, run, filter, after, page.Limit + 1, ct)
            : await NewestAsync(session, filter, after, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage(infos, info => new AfterKey(info.Key)));
    }

    internal static async Task<Results<Ok<Page<ArtifactVersion>>, ProblemHttpResult>> Versions(
        string project, string key, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        key = ArtifactKey.Decode(key);
        var before = page.After<BeforeVersion>()?.Version ?? int.MaxValue;
        await using var session = store.OpenQuery(project);
        var rows = await session.Query<LoggedVersion>().Where(row => row.Key == key && row.Version < before)
            .OrderByDescending(row => row.Version).Take(page.Limit + 1).ToListAsync(ct);
        if (rows.Count == 0 && await session.LoadAsync<Artifact>(Artifact.StreamOf(key), ct) is null or { Latest: null }) return ArtifactKey.Unknown.ToProblem();
        return TypedResults.Ok(page.ToPage<ArtifactVersion, BeforeVersion>([.. rows.Select(row => row.ToVersion())], version => new BeforeVersion(version.Version)));
    }

    internal static async Task<IReadOnlyList<ArtifactInfo>> NewestAsync(IQuerySession session, ArtifactFilter filter, string? after, int limit, CancellationToken ct)
    {
        var query = session.Query<Artifact>().Where(artifact => artifact.MatchesSql("d.data -> 'latest' ->> 'key' is not null"));
        if (filter.Kind is { } kind) query = query.Where(artifact => artifact.Latest!.Kind == kind);
        foreach (var (name, value) in filter.Labels)
            query = query.Where(artifact => artifact.MatchesSql("d.data -> 'latest' -> 'labels' ->> ? = ?", name, value));
        if (filter.Prefix is { } prefix) query = query.Where(artifact => artifact.MatchesSql("starts_with(d.id, ?)", Artifact.StreamOf(prefix)));
        if (filter.Text is { } text) query = query.Where(artifact => artifact.MatchesSql("strpos(lower(d.data ->> 'key'), lower(?)) > 0", text));
        if (after is not null) query = query.Where(artifact => artifact.MatchesSql("d.id > ?", Artifact.StreamOf(after)));
        var artifacts = await query.OrderBy(artifact => artifact.Id).Take(limit).ToListAsync(ct);
        return [.. artifacts.Select(artifact => artifact.ToInfo())];
    }

    // A run may log one key several times, so rows are read until there are enough different keys.
    private static async Task<IReadOnlyList<ArtifactInfo>> OfRunAsync(
        IQuerySession session, Guid run, ArtifactFilter filter, string? after, int limit, CancellationToken ct)
    {
        var newest = new List<LoggedVersion>(limit);
        while (newest.Count < limit)
        {
            IQueryable<LoggedVersion> query = session.Query<LoggedVersion>().Where(row => row.RunId == run);
            if (filter.Kind is { } kind) query = query.Where(row => row.Kind == kind);
            foreach (var (name, value) in filter.Labels)
                query = query.Where(row => row.MatchesSql("d.data -> 'labels' ->> ? = ?", name, value));
            if (filter.Prefix is { } prefix) query = query.Where(row => row.MatchesSql("starts_with(d.data ->> 'key', ?)", prefix));
            if (filter.Text is { } text) query = query.Where(row => row.MatchesSql("strpos(lower(d.data ->> 'key'), lower(?)) > 0", text));
            if (after is { } key) query = query.Where(row => row.MatchesSql("d.data ->> 'key' > ?", key));
            var rows = await query.OrderBy(row => row.Key).ThenByDescending(row => row.Version).Take(limit + 1).ToListAsync(ct);
            newest.AddRange(rows.DistinctBy(row => row.Key));
            if (rows.Count <= limit) break;
            after = rows[^1].Key;
        }

        var ids = newest.Take(limit).Select(row => Artifact.StreamOf(row.Key)).ToArray();
        var artifacts = (await session.LoadManyAsync<Artifact>(ct, ids)).ToDictionary(artifact => artifact.Key, StringComparer.Ordinal);
        return [.. newest.Take(limit).Select(row => new ArtifactInfo(row.Key, row.Kind, artifacts[row.Key].Versions, row.ToVersion(), artifacts[row.Key].Tags))];
    }
}
