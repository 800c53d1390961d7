using Mesh.Contracts.Projects;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Gateway.Browser;

/// <summary><c>GET /login?code=…</c>: the other end of a login link.</summary>
internal static class LoginEndpoint
{
    internal static void MapLogin(this IEndpointRouteBuilder app) => app.MapGet("/login", Login).AllowAnonymousCaller().ExcludeFromDescription();

    private static async Task<Results<RedirectHttpResult, ProblemHttpResult>> Login(
        HttpContext context, [FromKeyedServices(GatewayModule.ServiceName)] ServiceClient services, CancellationToken ct, string? code = null)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (code is not { Length: > 0 and <= 100 })
            return Rejection.Malformed("login.code-missing", "The link must hold a code: ask for one with 'mesh login'.", "code").ToProblem();
        try
        {
            var session = await services.PostAsync<RedeemLogin, CreatedToken>("projects", "/internal/logins", new RedeemLogin(code), ct: ct);
            BrowserSession.Begin(context, session.Secret, session.Token.ExpiresAt);
            return TypedResults.Redirect("/");
        }
        catch (ServiceCallException e) when (!e.IsOutage)
        {
            return Rejection.NotFound(e.Problem.Code, e.Problem.Detail ?? e.Problem.Title).ToProblem();
        }
    }
}
