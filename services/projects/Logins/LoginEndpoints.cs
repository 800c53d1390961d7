using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Logins;

/// <summary>One-time links that log browsers in.</summary>
internal static class LoginEndpoints
{
    /// <summary>How long a browser stays logged in.</summary>
    private static readonly TimeSpan Session = TimeSpan.FromHours(12);

    internal static void MapLoginLinks(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/login-links", Offer).WithTags("Tokens").WithName("CreateLoginLink");

    internal static void MapLogins(this IEndpointRouteBuilder app)
    {
        app.MapPost("/logins", Redeem);
        app.MapPost("/logins/end", End);
    }

    private static async Task<Results<Ok<LoginLink>, ProblemHttpResult>> Offer(Caller caller, IProjectsStore store, TimeProvider clock, HttpContext context, CancellationToken ct)
    {
        if (caller.TokenId is not { } tokenId) return Rejection.Forbidden("access.users-only", "Only a user with an access token logs a browser in.").ToProblem();
        var code = TokenSecret.New()[TokenSecret.Prefix.Length..];
        var id = TokenSecret.HashOf(code);
        var written = await store.WriteAsync<Login, LoginEvent>(
            caller, Tenants.Platform, id, login => LoginDecider.Offer(login, id, caller.Name, tokenId, clock.GetUtcNow()), ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new LoginLink($"/login?code={code}", written.State!.ExpiresAt));
    }

    private static async Task<Results<Ok<CreatedToken>, ProblemHttpResult>> Redeem(
        RedeemLogin body, Caller caller, IProjectsStore store, TokenQueries tokens, ProjectsOptions options, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var used = await store.WriteAsync<Login, LoginEvent>(caller, Tenants.Platform, TokenSecret.HashOf(body.Code), login => LoginDecider.Use(login, now), ct);
        if (used.Rejected is { } spent) return spent.ToProblem();
        var login = used.State!;
        if (await tokens.FindAsync(login.TokenId, ct) is not { RevokedAt: null } source || source.ExpiresAt <= now) return LoginDecider.Spent.ToProblem();

        // The browser gets a token of its own, so that logging it out leaves the other one alone.
        var secret = TokenSecret.New();
        var id = Guid.CreateVersion7();
        var maker = new TokenMaker(source.User, options.IsAdmin(source.User) && source.IsUnrestricted, source.Role, source.Projects, source.ExpiresAt);
        var life = source.ExpiresAt - now < Session ? source.ExpiresAt - now : Session;
        var command = new TokenCommand.Make(id, "browser", source.User, source.Role, source.Projects, life, TokenSecret.HashOf(secret), maker, TokenPurpose.Browser);
        var written = await store.WriteAsync<AccessToken, TokenEvent>(
            caller, Tenants.Platform, id.ToString(), token => TokenDecider.Decide(command, token, now), ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.Ok(new CreatedToken(written.State!.ToInfo(), secret));
    }

    private static async Task<NoContent> End(EndLogin body, Caller caller, IProjectsStore store, TokenQueries tokens, TimeProvider clock, CancellationToken ct)
    {
        if (await tokens.FindAsync(body.TokenId, ct) is { Purpose: TokenPurpose.Browser } token)
            await store.WriteAsync<AccessToken, TokenEvent>(caller, Tenants.Platform, token.Id, state => TokenDecider.Decide(new TokenCommand.Revoke(token.User), state, clock.GetUtcNow()), ct);
        return TypedResults.NoContent();
    }
}
