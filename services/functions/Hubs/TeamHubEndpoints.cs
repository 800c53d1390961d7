using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Hubs;

/// <summary>The HTTP surface of a project's hubs.</summary>
internal static class TeamHubEndpoints
{
    private const int MostHubs = 50;
    private const int MostFaults = 50;

    public static void MapTeamHubs(this IEndpointRouteBuilder app)
    {
        var hubs = app.MapGroup("/api/v1/projects/{project}/hubs").WithTags("Hubs");
        hubs.MapGet("", List).WithName("ListHubs").WithSummary("Hubs of the project by name");
        hubs.MapPut("/{hub}", Register).RequireRole(Role.Admin).WithName("RegisterHub").WithSummary("Registers a hub, whose items come from a repository, a folder or an artifact, or are published to it; reads the source").ProducesProblem(422).ProducesProblem(503);
        hubs.MapGet("/{hub}", Get).WithName("GetHub").WithSummary("A hub: its source, and what was wrong with it when it was last read").ProducesProblem(404);
        hubs.MapDelete("/{hub}", Remove).RequireRole(Role.Admin).WithName("RemoveHub").WithSummary("Removes a hub; functions that were made of its items stay").ProducesProblem(404);
        hubs.MapPost("/{hub}/refresh", Refresh).WithName("RefreshHub").WithSummary("Reads the source of a hub again, and adds the versions of items that are new").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).ProducesProblem(503);
        hubs.MapGet("/{hub}/history", History).WithName("GetHubHistory").WithSummary("What happened to a hub").ProducesProblem(404);
    }

    private static async Task<Ok<Page<HubInfo>>> List(string project, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        var after = page.After<NameCursor>()?.Name ?? "";
        await using var session = store.OpenQuery(project);
        var rows = await session.Query<TeamHub>().Where(h => !h.IsRemoved && string.Compare(h.Name, after) > 0).OrderBy(h => h.Name).Take(page.Limit + 1).ToListAsync(ct);
        var found = page.ToPage(rows, h => new NameCursor(h.Name));
        return TypedResults.Ok(new Page<HubInfo>([.. found.Items.Select(h => h.ToInfo())], found.Next));
    }

    private static async Task<Results<Ok<HubInfo>, Created<HubInfo>, ProblemHttpResult>> Register(
        string project, string hub, PutHub body, EntityVersion expected, Caller caller, IFunctionsStore store, HubShelf shelf, HubSources sources, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (!Names.IsLabel(hub))
            return Rejection.Malformed("hub.name", $"'{hub}' is no name for a hub: it must be a DNS label, 1 to 63 of a-z, 0-9 and '-'.", "hub").ToProblem();
        var before = await shelf.FindAsync(project, hub, ct);
        if (before is null)
        {
            await using var session = store.OpenQuery(project);
            if (await session.Query<TeamHub>().CountAsync(h => !h.IsRemoved, ct) >= MostHubs)
                return Rejection.Unprocessable("hub.too-many", $"A project has at most {MostHubs} hubs.", "hub").ToProblem();
        }

        // A source that cannot be read is refused before anything is noted.
        async Task<Written<TeamHub, HubEvent>> WriteAsync() => await store.WriteAsync<TeamHub, HubEvent>(
            caller, project, TeamHub.KeyOf(hub), state => HubDecider.Register(hub, body, caller.Name, state, clock.GetUtcNow()), ct, expected.Expected);
        Written<TeamHub, HubEvent>? written = null;
        if (body.Source is { } source)
        {
            var (read, unread) = await sources.ReadAsync(project, source, async (content, within) =>
            {
                written = await WriteAsync();
                return written.Rejected is null ? await TakeAsync(caller, project, written.State!, content, store, shelf, clock, within) : new HubTaken(null, written.Rejected);
            }, ct);
            if ((unread ?? read!.Rejected) is { } refused) return refused.ToProblem();
        }
        else written = await WriteAsync();
        if (written!.Rejected is { } rejected) return rejected.ToProblem();
        var now = (await shelf.FindAsync(project, hub, ct))?.ToInfo() ?? written.State!.ToInfo();
        EntityVersion.Write(http, written.Version);
        return before is null ? TypedResults.Created($"/api/v1/projects/{project}/hubs/{hub}", now) : TypedResults.Ok(now);
    }

    private static async Task<Results<Ok<HubInfo>, ProblemHttpResult>> Get(string project, string hub, HubShelf shelf, HttpContext http, CancellationToken ct)
    {
        if (await shelf.FindAsync(project, hub, ct) is not { } found) return HubDecider.Unknown(hub).ToProblem();
        EntityVersion.Write(http, found.Version);
        return TypedResults.Ok(found.ToInfo());
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string project, string hub, EntityVersion expected, Caller caller, IFunctionsStore store, TimeProvider clock, CancellationToken ct)
    {
        var written = await store.WriteAsync<TeamHub, HubEvent>(
            caller, project, TeamHub.KeyOf(hub), state => HubDecider.Remove(hub, caller.Name, state, clock.GetUtcNow()), ct, expected.Expected);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<HubRefresh>, ProblemHttpResult>> Refresh(
        string project, string hub, Caller caller, HubShelf shelf, HubRefreshes refreshes, CancellationToken ct)
    {
        if (await shelf.FindAsync(project, hub, ct) is not { } found) return HubDecider.Unknown(hub).ToProblem();
        if (found.Source is null)
            return Rejection.Conflict("hub.no-source", $"'{hub}' has no source to read: functions are published to it.").ToProblem();
        var taken = await refreshes.RefreshAsync(caller, project, found, ct);
        return taken.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.Ok(taken.Refresh!);
    }

    private static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(string project, string hub, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(TeamHub.KeyOf(hub), page.After<HistoryCursor>()?.Version ?? 0, page.Limit + 1, ct);
        if (entries.Count == 0 && page.Cursor is null) return HubDecider.Unknown(hub).ToProblem();
        return TypedResults.Ok(page.ToPage(entries, e => new HistoryCursor(e.Version)));
    }

    /// <summary>Adds what is new of what a source holds. One item that is at fault keeps the others from nothing.</summary>
    internal static async Task<HubTaken> TakeAsync(
        Caller caller, string project, TeamHub hub, SourceContent content, IFunctionsStore store, HubShelf shelf, TimeProvider clock, CancellationToken ct)
    {
        var (found, added, faults) = (0, new List<string>(), content.Faults.ToList());
        foreach (var item in content.Items)
        {
            var name = $"{item.Manifest.Name}@{item.Manifest.Version}";
            var (_, isNew, refused) = await shelf.AddAsync(caller, project, hub, item, ct);
            if (refused is { Kind: RejectionKind.Unavailable }) return new HubTaken(null, refused);
            if (refused is not null)
            {
                faults.Add(new HubFault(name, refused.Detail, Field: refused.Field));
                continue;
            }

            found++;
            if (isNew) added.Add(name);
        }

        var refresh = new HubRefresh(hub.Name, content.Revision, found, added, [.. faults.Take(MostFaults)]);
        var written = await store.WriteAsync<TeamHub, HubEvent>(
            caller, project, TeamHub.KeyOf(hub.Name), state => HubDecider.Refresh(hub, refresh, caller.Name, state, clock.GetUtcNow()), ct);
        return new HubTaken(refresh, written.Rejected);
    }

    private sealed record NameCursor(string Name);
}
