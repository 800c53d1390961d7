using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
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
    private const int Longest = 1024;

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
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.Token)));
            var grant = await services.PostAsync<AccessQuery, AccessGrant>("projects", "/internal/access", new AccessQuery(hash, null, false), ct: ct);
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

    private static NoContent End(HttpContext context)
    {
        BrowserSession.End(context);
        return TypedResults.NoContent();
    }
}
