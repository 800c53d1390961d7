using Marten;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Files;
using Mesh.Artifacts.Models;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Projects;

/// <summary>Says what the service holds of a project: <c>GET /internal/projects/{project}/usage</c>.</summary>
internal static class UsageEndpoint
{
    public static void MapUsage(this IEndpointRouteBuilder inside) => inside.MapGet("/projects/{project}/usage", Get);

    internal static async Task<Ok<ProjectUsage>> Get(string project, IArtifactsStore store, BlobLedger ledger, FileTree files, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return TypedResults.Ok(new ProjectUsage(new Dictionary<string, long>
        {
            ["artifacts"] = await session.Query<Artifact>().CountAsync(ct),
            ["models"] = await session.Query<Model>().CountAsync(ct),
            ["files"] = await files.CountAsync(project, ct),
            ["blobs"] = await ledger.CountAsync(project, ct),
        }));
    }
}
