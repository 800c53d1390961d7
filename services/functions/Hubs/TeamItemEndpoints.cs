using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Hubs;

/// <summary>The HTTP surface of the items of a project's hubs.</summary>
internal static class TeamItemEndpoints
{
    // The examples and categories of an item, in JSON's escapes.
    private const long MaxPublish = 1 << 20;

    public static void MapTeamItems(this IEndpointRouteBuilder app)
    {
        var items = app.MapGroup("/api/v1/projects/{project}/hubs/{hub}/items").WithTags("Hubs");
        items.MapGet("", List).WithName("ListItemsOfHub").WithSummary("Items of a hub by name, each at its latest version; ?text= in name or description, ?category=").ProducesProblem(404);
        items.MapPost("", Publish).WithName("PublishHubItem").WithSummary("Makes a version of an item of a function, in a hub without a source; versions never change").WithMaxBody(MaxPublish).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).ProducesProblem(503);
        items.MapGet("/{item}", Get).WithName("GetItemOfHub").WithSummary("An item at its latest version, or at ?version=").ProducesProblem(404);
        items.MapGet("/{item}/versions", Versions).WithName("ListHubItemVersions").WithSummary("Versions of an item, the greatest first").ProducesProblem(404);
        items.MapGet("/{item}/doc", Doc).WithName("GetHubItemDoc").WithSummary("The Markdown file of an item").ProducesProblem(404);
        items.MapGet("/{item}/diff", Diff).WithName("DiffHubItem").WithSummary("How two versions of an item differ: manifest and files").ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<Results<Ok<Page<HubItemSummary>>, ProblemHttpResult>> List(
        string project, string hub, string? text, string? category, PageRequest page, IFunctionsStore store, HubShelf shelf, CancellationToken ct)
    {
        if (await shelf.FindAsync(project, hub, ct) is not { } found) return HubDecider.Unknown(hub).ToProblem();
        var (after, place) = (page.After<NameCursor>()?.Name ?? "", TeamItem.PlaceOf(hub, found.Generation));
        await using var session = store.OpenQuery(project);
        IQueryable<TeamItem> query = session.Query<TeamItem>().Where(item => item.Place == place && string.Compare(item.Name, after) > 0);
        if (!string.IsNullOrWhiteSpace(text))
            query = query.Where(item => item.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || item.Description.Contains(text, StringComparison.OrdinalIgnoreCase));
        if (!string.IsNullOrWhiteSpace(category)) query = query.Where(item => item.Categories.Contains(category));
        var rows = await query.OrderBy(item => item.Name).Take(page.Limit + 1).ToListAsync(ct);
        var items = page.ToPage(rows, item => new NameCursor(item.Name));
        return TypedResults.Ok(new Page<HubItemSummary>([.. items.Items.Select(item => item.ToSummary())], items.Next));
    }

    private static async Task<Results<Ok<HubItemVersion>, Created<HubItemVersion>, ProblemHttpResult>> Publish(
        string project, string hub, PublishHubItem body, Caller caller, HubPublisher publisher, HubShelf shelf, CancellationToken ct)
    {
        var (item, isNew, rejected) = await publisher.PublishAsync(caller, project, hub, body, ct);
        if (item is null) return rejected!.ToProblem();
        var version = item.Find(body.Version)!;
        var info = ToInfo(item, version, await shelf.ContentAsync(project, item, version, ct));
        return isNew
            ? TypedResults.Created($"/api/v1/projects/{project}/hubs/{hub}/items/{item.Name}?version={version.Version}", info)
            : TypedResults.Ok(info);
    }

    private static async Task<Results<Ok<HubItemVersion>, ProblemHttpResult>> Get(string project, string hub, string item, string? version, HubShelf shelf, CancellationToken ct)
    {
        var (found, at, rejected) = await FindAsync(shelf, project, hub, item, version, ct);
        return found is null ? rejected!.ToProblem() : TypedResults.Ok(ToInfo(found, at!, await shelf.ContentAsync(project, found, at!, ct)));
    }

    private static async Task<Results<Ok<Page<HubItemVersionSummary>>, ProblemHttpResult>> Versions(
        string project, string hub, string item, PageRequest page, HubShelf shelf, CancellationToken ct)
    {
        var before = page.After<VersionCursor>()?.Version;
        var (found, _, rejected) = await FindAsync(shelf, project, hub, item, null, ct);
        if (found is null) return rejected!.ToProblem();
        var rows = found.Versions.OrderByDescending(v => SemanticVersion.Parse(v.Version))
            .Where(v => before is null || SemanticVersion.Parse(v.Version).CompareTo(SemanticVersion.Parse(before)) < 0).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.ToPage<HubItemVersionSummary, VersionCursor>(
            [.. rows.Select(v => new HubItemVersionSummary(v.Version, v.Hash, v.AddedBy, v.AddedAt))], v => new VersionCursor(v.Version)));
    }

    private static async Task<Results<Ok<HubItemDoc>, ProblemHttpResult>> Doc(string project, string hub, string item, string? version, HubShelf shelf, CancellationToken ct)
    {
        var (found, at, rejected) = await FindAsync(shelf, project, hub, item, version, ct);
        if (found is null) return rejected!.ToProblem();
        return (await shelf.ContentAsync(project, found, at!, ct)).Doc is { } text
            ? TypedResults.Ok(new HubItemDoc(hub, item, at!.Version, text))
            : Rejection.NotFound("hub-item.no-doc", $"'{hub}/{item}@{at!.Version}' has no doc: its manifest names none.").ToProblem();
    }

    private static async Task<Results<Ok<HubItemDiff>, ProblemHttpResult>> Diff(
        string project, string hub, string item, string? from, string? to, HubShelf shelf, HubComparison comparison, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(from)) return Rejection.Malformed("diff.from-missing", "'from' must be a version of the item.", "from").ToProblem();
        var (found, left, rejected) = await FindAsync(shelf, project, hub, item, from, ct);
        if (found is null) return rejected!.ToProblem();
        if (found.Find(to) is not { } right) return HubItemDecider.UnknownVersion(found, to!).ToProblem();
        try
        {
            return TypedResults.Ok(await comparison.CompareAsync(project, found, left!, right, ct));
        }
        catch (Client.MeshException e)
        {
            return ((int)e.Status is 404 or 410
                ? Rejection.NotFound("hub-item.files-gone", $"The files of a version are not in the artifacts of the project any more: {e.Message}")
                : Rejection.Unavailable("hub.artifacts-away", $"The artifacts could not be asked: {e.Message}")).ToProblem();
        }
    }

    /// <summary>A version of an item, or what there is not.</summary>
    internal static async Task<(TeamItem? Item, TeamItemVersion? Version, Rejection? Rejected)> FindAsync(
        HubShelf shelf, string project, string hub, string item, string? version, CancellationToken ct)
    {
        var (place, found) = await shelf.FindAsync(project, hub, item, ct);
        if (place is null) return (null, null, HubDecider.Unknown(hub));
        if (found is null) return (null, null, HubItemDecider.Unknown(hub, item));
        return found.Find(version) is { } at ? (found, at, null) : (null, null, HubItemDecider.UnknownVersion(found, version!));
    }

    private static HubItemVersion ToInfo(TeamItem item, TeamItemVersion version, HubItemContent content) =>
        new(item.Hub, item.Name, version.Version, version.Hash, content.Manifest, version.Bundle, item.Latest, version.AddedBy, version.AddedAt);

    private sealed record NameCursor(string Name);

    private sealed record VersionCursor(string Version);
}
