using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Artifacts.Annexes;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
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
        IQueryable<Model> query = session.Query<Model>();
        if (prefix is { Length: > 0 }) query = query.Where(model => model.MatchesSql("starts_with(d.id, ?)", Model.StreamOf(prefix)));
        if (after is not null) query = query.Where(model => model.MatchesSql("d.id > ?", Model.StreamOf(after)));
        var models = await query.OrderBy(model => model.Id).Take(page.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(page.ToPage<ModelInfo, AfterName>([.. models.Select(model => model.ToInfo())], info => new AfterName(info.Name)));
    }

    internal static async Task<Results<Ok<Page<ModelVersion>>, ProblemHttpResult>> Versions(
        string project, string model, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var before = page.After<BeforeVersion>()?.Version ?? int.MaxValue;
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Model>(Model.StreamOf(model), ct) is not { } state)
            return Rejection.NotFound("model.unknown", "There is no such model in this project.").ToProblem();
        var rows = await session.Query<RegisteredVersion>().Where(row => row.Model == model && row.Version < before)
            .OrderByDescending(row => row.Version).Take(page.Limit + 1).ToListAsync(ct);
        var cards = (await session.LoadManyAsync<Annex>(ct, [.. rows.Select(row => row.Card).Distinct()]))
            .ToDictionary(annex => annex.Id, annex => annex.Read<ModelCard>());
        return TypedResults.Ok(page.ToPage<ModelVersion, BeforeVersion>(
            [.. rows.Select(row => row.ToVersion(cards[row.Card], null, state.Aliases))], version => new BeforeVersion(version.Version)));
    }
}
