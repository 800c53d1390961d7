using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Catalogue;

/// <summary>The HTTP surface of the hub: the same for every project.</summary>
internal static class HubEndpoints
{
    private sealed record AfterName(string Name);

    public static void MapHub(this IEndpointRouteBuilder app)
    {
        var hub = app.MapGroup("/api/v1/hub").WithTags("Hub");
        hub.MapGet("", List).WithName("ListHubItems").WithSummary("What the hub offers, with its params").ProducesProblem(503);
        hub.MapGet("/{item}", Get).WithName("GetHubItem").WithSummary("An item of the hub").ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<Results<Ok<Page<HubItem>>, ProblemHttpResult>> List(PageRequest page, HubCatalogue hub, CancellationToken ct)
    {
        var after = page.After<AfterName>()?.Name;
        var (items, fault) = await hub.ListAsync(ct);
        if (items is null) return fault!.ToProblem();
        var rest = items.OrderBy(item => item.Name, StringComparer.Ordinal).Where(item => after is null || string.CompareOrdinal(item.Name, after) > 0);
        return TypedResults.Ok(page.ToPage<HubItem, AfterName>([.. rest.Take(page.Limit + 1)], item => new AfterName(item.Name)));
    }

    private static async Task<Results<Ok<HubItem>, ProblemHttpResult>> Get(string item, HubCatalogue hub, CancellationToken ct)
    {
        var (items, fault) = await hub.ListAsync(ct);
        if (items is null) return fault!.ToProblem();
        return items.FirstOrDefault(i => i.Name == item) is { } found
            ? TypedResults.Ok(found)
            : Rejection.NotFound("hub.item-unknown", $"The hub has no item '{item}'.").ToProblem();
    }
}
