using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Hubs;

/// <summary>Functions that are made of items, over HTTP.</summary>
internal static class HubImportEndpoints
{
    public static void MapHubImports(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/projects/{project}/hubs/{hub}/items/{item}/import", Import).WithTags("Hubs").WithName("ImportHubItem")
            .WithSummary("Makes a function of a version of an item, the latest when none is named; it stays at that version").ProducesProblem(404).ProducesProblem(422);
        app.MapGet("/api/v1/projects/{project}/hub-imports", List).WithTags("Hubs").WithName("ListHubImports")
            .WithSummary("Functions that were made of items, by name; with ?outdated=true those whose item has a later version");
    }

    private static async Task<Results<Ok<FunctionInfo>, Created<FunctionInfo>, ProblemHttpResult>> Import(
        string project, string hub, string item, ImportHubItem body, Caller caller, IFunctionsStore store, HubShelf shelf, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var (found, version, rejected) = await TeamItemEndpoints.FindAsync(shelf, project, hub, item, body.Version, ct);
        if (found is null) return rejected!.ToProblem();
        var definition = ManifestReader.ToDefinition((await shelf.ContentAsync(project, found, version!, ct)).Manifest) with { Bundle = version!.Bundle };
        var origin = new HubOrigin(hub, item, version.Version, version.Hash);
        var (content, name) = (FunctionContent.Of(definition, origin), body.Function ?? item);
        var written = await store.WriteAsync<Function, FunctionEvent>(
            caller, project, Function.KeyOf(name), state => FunctionDecider.Define(name, content.Id, content.Kind, caller.Name, state, clock.GetUtcNow(), origin), ct,
            alongside: (session, _) => session.Store(content));
        if (written.Rejected is { } refused) return refused.ToProblem();
        EntityVersion.Write(http, written.Version);
        var info = content.ToInfo(name, written.State!.Find(null)!);
        return written.Events is [FunctionEvent.Defined { Version: 1 }] ? TypedResults.Created($"/api/v1/projects/{project}/functions/{name}", info) : TypedResults.Ok(info);
    }

    private static async Task<Ok<Page<HubImport>>> List(string project, bool? outdated, PageRequest page, IFunctionsStore store, HubShelf shelf, CancellationToken ct)
    {
        const int AtOnce = 500;
        var after = page.After<NameCursor>()?.Name ?? "";
        var imports = new List<HubImport>();
        await using var session = store.OpenQuery(project);
        while (imports.Count <= page.Limit)
        {
            var rows = await session.Query<Function>().Where(f => string.Compare(f.Name, after) > 0).OrderBy(f => f.Name).Take(AtOnce).ToListAsync(ct);
            foreach (var function in rows)
            {
                if (function.Find(null) is not { Origin: { } origin } current) continue;
                var (_, item) = await shelf.FindAsync(project, origin.Hub, origin.Item, ct);
                var isOutdated = item is not null && SemanticVersion.Parse(item.Latest).CompareTo(SemanticVersion.Parse(origin.Version)) > 0;
                if (outdated is not true || isOutdated) imports.Add(new HubImport(function.Name, current.Number, origin, item?.Latest, isOutdated));
            }

            if (rows.Count < AtOnce) break;
            after = rows[^1].Name;
        }

        return TypedResults.Ok(page.ToPage<HubImport, NameCursor>([.. imports.Take(page.Limit + 1)], import => new NameCursor(import.Function)));
    }

    private sealed record NameCursor(string Name);
}
