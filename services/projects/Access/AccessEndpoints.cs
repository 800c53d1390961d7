using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Projects.Projects;
using Mesh.Projects.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Access;

/// <summary>Who somebody is and what they may do: for the gateway, and for themselves.</summary>
internal static class AccessEndpoints
{
    internal static void MapAccess(this IEndpointRouteBuilder app) => app.MapPost("/access", Access);

    internal static void MapMe(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/me", WhoAmI).WithTags("Tokens").WithName("GetMe");

    private static async Task<Results<Ok<AccessGrant>, ProblemHttpResult>> Access(AccessQuery body, AccessQueries queries, CancellationToken ct) =>
        await queries.FindAsync(body, ct) is { } grant
            ? TypedResults.Ok(grant)
            : Rejection.NotFound("token.unknown", "The token is unknown, revoked, or at its end.").ToProblem();

    private static async Task<Ok<Me>> WhoAmI(Caller caller, ProjectQueries queries, TokenQueries tokens, CancellationToken ct)
    {
        if (caller.Kind is not CallerKind.User)
        {
            var own = caller.Project is { } project ? new Dictionary<string, Role> { [project] = caller.Role } : [];
            return TypedResults.Ok(new Me(caller.Name, false, own));
        }

        var maker = await tokens.MakerAsync(caller, ct);
        var roles = await queries.RolesOfAsync(caller.Name, ct);
        var granted = roles
            .Where(role => maker.Projects is not { } mine || mine.Contains(role.Key, StringComparer.Ordinal))
            .ToDictionary(role => role.Key, role => (Role)Math.Min((int)role.Value, (int)maker.Role));
        return TypedResults.Ok(new Me(caller.Name, caller.PlatformAdmin, granted));
    }
}
