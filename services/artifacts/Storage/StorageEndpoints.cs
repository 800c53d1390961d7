using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Storage;

/// <summary>What a project takes and may take: <c>/api/v1/projects/{project}/storage</c>.</summary>
internal static class StorageEndpoints
{
    public static void MapStorage(this IEndpointRouteBuilder app)
    {
        var storage = app.MapGroup("/api/v1/projects/{project}/storage").WithTags("Blobs");
        storage.MapGet("", Get).WithName("GetProjectStorage").WithSummary("How many bytes the blobs of a project take, how many they may, and in which store new ones go.");
        storage.MapPut("", Put).RequireRole(Role.Owner).WithName("SetProjectStorage").WithSummary("Sets how many bytes a project may have, without a number as many as the platform lets any, and with store where its new blobs go.");
    }

    internal static async Task<Ok<ProjectStorageInfo>> Get(string project, ProjectStorage storage, CancellationToken ct) => TypedResults.Ok(await storage.GetAsync(project, ct));

    internal static async Task<Results<Ok<ProjectStorageInfo>, ProblemHttpResult>> Put(
        string project, SetProjectStorage body, Caller caller, ProjectStorage storage, BlobStores stores, CancellationToken ct)
    {
        // Asked here, not of the route: a stranger to the project is not to learn that there is one.
        if (!caller.PlatformAdmin) return Rejection.Forbidden("access.platform-admin", "Only a platform administrator may do this.").ToProblem();
        if (body.Store is { } name && !stores.Names.Contains(name))
            return Rejection.Unprocessable("storage.store-unknown", $"There is no store '{name}'. There are {string.Join(", ", stores.Names)}.", "store").ToProblem();
        await storage.SetAsync(project, body.QuotaBytes, body.Store is null ? null : BlobStores.PlaceOf(body.Store, body.Prefix), ct);
        return TypedResults.Ok(await storage.GetAsync(project, ct));
    }
}
