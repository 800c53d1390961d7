using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Tokens;

/// <summary>The HTTP surface of access tokens.</summary>
internal static class TokenEndpoints
{
    internal static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/api/v1/tokens").WithTags("Tokens");
        tokens.MapPost("", Create).WithName("CreateToken").ProducesProblem(403);
        tokens.MapGet("", List).WithName("ListTokens");
        tokens.MapGet("/{id:guid}", Get).WithName("GetToken").ProducesProblem(404);
        tokens.MapDelete("/{id:guid}", Revoke).WithName("RevokeToken").ProducesProblem(404);
    }

    private static async Task<Results<Created<CreatedToken>, ProblemHttpResult>> Create(
        CreateToken body, Caller caller, IProjectsStore store, TokenQueries tokens, TimeProvider clock, HttpContext context, CancellationToken ct)
    {
        if (caller.Kind is not CallerKind.User) return UsersOnly;
        var secret = TokenSecret.New();
        var id = Guid.CreateVersion7();
        var command = new TokenCommand.Make(
            id, body.Name, body.User ?? caller.Name, body.Role, body.Projects,
            body.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TokenSecret.HashOf(secret), await tokens.MakerAsync(caller, ct));
        var written = await store.WriteAsync<AccessToken, TokenEvent>(
            caller, Tenants.Platform, id.ToString(), token => TokenDecider.Decide(command, token, clock.GetUtcNow()), ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/tokens/{id}", new CreatedToken(written.State!.ToInfo(), secret));
    }

    private static async Task<Results<Ok<Page<TokenInfo>>, ProblemHttpResult>> List(
        Caller caller, PageRequest page, TokenQueries tokens, CancellationToken ct, string? user = null)
    {
        if (caller.Kind is not CallerKind.User) return UsersOnly;
        if (user is not null && user != caller.Name && !caller.PlatformAdmin)
            return Rejection.Forbidden("token.for-other", "Only a platform administrator lists the tokens of others.").ToProblem();
        var rows = await tokens.ListAsync(user ?? caller.Name, page.After<TokenCursor>()?.Id, page.Limit + 1, ct);
        return TypedResults.Ok(page.ToPage([.. rows.Select(token => token.ToInfo())], token => new TokenCursor(token.Id.ToString())));
    }

    private static async Task<Results<Ok<TokenInfo>, ProblemHttpResult>> Get(Guid id, Caller caller, TokenQueries tokens, CancellationToken ct) =>
        await tokens.FindAsync(id, ct) is { } token && MaySee(caller, token) ? TypedResults.Ok(token.ToInfo()) : TokenDecider.Unknown.ToProblem();

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        Guid id, Caller caller, IProjectsStore store, TokenQueries tokens, TimeProvider clock, CancellationToken ct)
    {
        if (await tokens.FindAsync(id, ct) is not { } token || !MaySee(caller, token)) return TokenDecider.Unknown.ToProblem();
        if (id != caller.TokenId && (await tokens.MakerAsync(caller, ct)).Role < Role.Editor)
            return Rejection.Forbidden("access.role", "Your token may only read, and revoke itself.").ToProblem();
        var written = await store.WriteAsync<AccessToken, TokenEvent>(
            caller, Tenants.Platform, token.Id, state => TokenDecider.Decide(new TokenCommand.Revoke(caller.Name), state, clock.GetUtcNow()), ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static bool MaySee(Caller caller, AccessToken token) =>
        caller.Kind is CallerKind.User && (token.User == caller.Name || caller.PlatformAdmin);

    private static ProblemHttpResult UsersOnly => Rejection.Forbidden("access.users-only", "Only users have tokens.").ToProblem();

    private sealed record TokenCursor(string Id);
}
