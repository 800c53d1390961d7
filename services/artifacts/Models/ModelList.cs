using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Models;

/// <summary>The lists of models and of their versions.</summary>
internal static class ModelList
{
    private sealed record AfterName(string Name);

    private sealed record BeforeVersion(int Version);

    internal static async Task<Ok<Page<ModelInfo>>> List(string project, string? prefix, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var after = page.After<AfterName>()?.Name;
        await using var session = store.OpenQuery(project);
        var query = session.Query<Model>().Where(model => model.TakenName != null);
        if (prefix is { Length: > 0 }) query = query.Where(model => model.MatchesSql("starts_with(d.taken_name, ?)", prefix));
        if (after is not null) query = query.Where(model => model.MatchesSql("d.taken_name > ?", after));
        var models = await query.OrderBy(model => model.TakenName).Take(page.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(page.ToPage<ModelInfo, AfterName>([.. models.Select(model => model.ToInfo())], info => new AfterName(info.Name)));
    }

    internal static async Task<Results<Ok<Page<ModelVersion>>, ProblemHttpResult>> Versions(
        string project, string model, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var before = page.After<BeforeVersion>()?.Version ?? int.MaxValue;
        await using var session = store.OpenQuery(project);
        if (await ModelReader.FindAsync(session, model, ct) is not { } state) return ModelDecider.Unknown.ToProblem();
        var rows = await session.Query<RegisteredVersion>().Where(row => row.Model == model && row.Version < before)
            .OrderByDescending(row => row.Version).Take(page.Limit + 1).ToListAsync(ct);
        var versions = await ModelReader.ToVersionsAsync(session, project, state, rows, ct);
        return TypedResults.Ok(page.ToPage(versions, version => new BeforeVersion(version.Version)));
    }
}
