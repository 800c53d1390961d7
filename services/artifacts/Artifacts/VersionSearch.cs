using System.Globalization;
using System.Text.Json;
using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Finds versions of all artifacts of a project, newest first: <c>GET …/artifacts/versions</c>.</summary>
internal static class VersionSearch
{
    private const int MaxText = 250;

    private sealed record Before(DateTimeOffset At, string Id);

    public static void MapVersionSearch(this IEndpointRouteBuilder app) => app.MapGroup("/api/v1/projects/{project}/artifacts").WithTags("Artifacts")
        .MapGet("/versions", Search).WithName("SearchArtifactVersions")
        .WithSummary("Lists versions of all artifacts, newest first, by kind, label, run, prefix or part of the key, time, who made them, or tag; without metadata.");

    internal static async Task<Results<Ok<Page<ArtifactVersion>>, ProblemHttpResult>> Search(
        string project, string? kind, Guid? runId, [FromQuery] string[]? label, string? prefix, string? text, string? since, string? until, string? by, string? tag, PageRequest page,
        IArtifactsStore store, CancellationToken ct)
    {
        var filter = ArtifactFilter.Read(kind, runId, label, prefix, text);
        if (filter.Rejected is { } rejected) return rejected.ToProblem();
        if (!TryTime(since, out var from)) return BadTime("since").ToProblem();
        if (!TryTime(until, out var to)) return BadTime("until").ToProblem();
        foreach (var (name, value) in ((string, string?)[])[("text", text), ("prefix", prefix), ("by", by), ("tag", tag)])
        {
            if (value is { Length: > MaxText } || value?.Contains('\0', StringComparison.Ordinal) is true)
                return Rejection.Malformed("filter.invalid", $"'{name}' must be at most {MaxText} characters, without U+0000.", name).ToProblem();
        }

        await using var session = store.OpenQuery(project);
        IQueryable<LoggedVersion> query = session.Query<LoggedVersion>();
        if (filter.Kind is { } only) query = query.Where(row => row.Kind == only);
        if (filter.RunId is { } run) query = query.Where(row => row.RunId == run);
        if (by is { Length: > 0 }) query = query.Where(row => row.By == by);
        if (from is { } earliest) query = query.Where(row => row.At >= earliest);
        if (to is { } end) query = query.Where(row => row.At < end);
        if (filter.Labels.Count > 0) query = query.Where(row => row.MatchesSql("(d.data ->> 'labels')::jsonb @> ?::jsonb and d.data -> 'labels' <> '{}'", JsonSerializer.Serialize(filter.Labels, MeshJson.Strict)));
        if (filter.Prefix is { } start) query = query.Where(row => row.MatchesSql("starts_with(d.data ->> 'key', ?)", start));
        if (filter.Text is { } part) query = query.Where(row => row.MatchesSql("strpos(lower(d.data ->> 'key'), lower(?)) > 0", part));
        if (tag is { Length: > 0 })
        {
            // From the few that have the tag to their versions, not the other way round.
            query = query.Where(row => row.MatchesSql(
                "d.id in (select (a.data ->> 'key') || '@' || (a.data -> 'tags' ->> ?) from mt_doc_artifact a where a.tenant_id = ? and a.data -> 'tags' ->> ? is not null)", tag, project, tag));
        }

        if (page.After<Before>() is { } before) query = query.Where(row => row.MatchesSql("(d.at, d.id) < (?, ?)", before.At, before.Id));
        var rows = await query.OrderByDescending(row => row.At).ThenByDescending(row => row.Id).Take(page.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(page.ToPage<ArtifactVersion, Before>(
            [.. rows.Select(row => row.ToVersion())], version => new Before(version.CreatedAt, LoggedVersion.IdOf(version.Key, version.Version))));
    }

    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        time = parsed;
        return true;
    }

    private static Rejection BadTime(string name) => Rejection.Malformed("filter.invalid", $"'{name}' must be a time such as 2026-01-31T12:00:00Z.", name);
}
