using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Access;
using Mesh.Gateway.Front;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Gateway.Browser;

/// <summary><c>POST /session</c>: signs a browser in.</summary>
/// <param name="Token">An access token.</param>
internal sealed record SignIn(string Token) : IChecked
{
    internal const int Longest = 1024;

    /// <summary>Never shows the token.</summary>
    public override string ToString() => nameof(SignIn);

    public void Check(Faults faults) => faults.Require(Token is { Length: > 0 and <= Longest }, "token", $"must be an access token, at most {Longest} characters.");
}

/// <summary><c>/session</c>: a browser signs in by a token that its user has, and out.</summary>
internal static class SessionEndpoints
{
    internal static void MapSession(this IEndpointRouteBuilder app)
    {
        app.MapPost("/session", Begin).AllowAnonymousCaller().ExcludeFromDescription();
        app.MapDelete("/session", End).AllowAnonymousCaller().ExcludeFromDescription();
    }

    private static async Task<Results<NoContent, ProblemHttpResult, EmptyHttpResult>> Begin(
        SignIn body, HttpContext context, [FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services, CancellationToken ct)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var grant = await FindAsync(services, body.Token, ct);
            BrowserSession.Begin(context, body.Token, grant.ExpiresAt);
            return TypedResults.NoContent();
        }
        catch (ServiceCallException e) when (e.Problem.Code == "token.unknown")
        {
            await Problems.WriteAsync(context, Refusals.UnknownToken, StatusCodes.Status401Unauthorized);
            return TypedResults.Empty;
        }
        catch (ServiceCallException e) when (e.IsOutage)
        {
            return Refusals.NobodyKnows.ToProblem();
        }
    }

    // The token that was made for the browser ends with its session; one that its user pasted has a life of its own.
    private static async Task<Results<NoContent, ProblemHttpResult>> End(
        HttpContext context, [FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services, AccessCache access, CancellationToken ct)
    {
        if (context.Request.Cookies[BrowserSession.Cookie] is { Length: > 0 and <= SignIn.Longest } token)
        {
            try
            {
                var grant = await FindAsync(services, token, ct);
                await services.PostAsync("projects", "/internal/logins/end", new EndLogin(grant.TokenId), ct: ct);
                access.ForgetToken(grant.TokenId);
            }
            catch (ServiceCallException e) when (e.Problem.Code == "token.unknown")
            {
                // It has ended already.
            }
            catch (ServiceCallException e) when (e.IsOutage)
            {
                return Refusals.NobodyKnows.ToProblem();
            }
        }

        BrowserSession.End(context);
        return TypedResults.NoContent();
    }

    private static Task<AccessGrant> FindAsync(ServiceClient services, string token, CancellationToken ct) => services.PostAsync<AccessQuery, AccessGrant>(
        "projects", "/internal/access", new AccessQuery(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))), ct: ct);
}
