using Mesh.Contracts.Projects;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Tracking.Projects;

/// <summary>Tells the projects service what is left of a project.</summary>
internal static class UsageEndpoint
{
    public static void MapUsage(this IEndpointRouteBuilder app) => app.MapGet("/projects/{project}/usage", Get);

    internal static async Task<Ok<ProjectUsage>> Get(string project, ProjectData data, CancellationToken ct) =>
        TypedResults.Ok(await data.UsageAsync(project, ct));
}
