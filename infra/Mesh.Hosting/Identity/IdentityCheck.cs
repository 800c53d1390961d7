using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Hosting.Identity;

/// <summary>
/// Lets a request through to a service's endpoint only with a genuine identity and a sufficient role. A service that is reached directly,
/// without the gateway, refuses.
/// </summary>
internal sealed class IdentityCheck(RequestDelegate next, IdentityTokens tokens)
{
    private static readonly Rejection Missing = new(
        RejectionKind.Forbidden, "identity.required", "This service answers only calls that carry an identity signed by the gateway or by another service.");

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<AnonymousCaller>() is not null) return next(context);
        var caller = context.GetCaller();
        if (caller is null && context.Request.Headers[IdentityTokens.Header] is [{ } token])
        {
            if (!tokens.TryRecall(token, out caller)) return VerifyAsync(context, endpoint, token);
            context.SetCaller(caller);
        }

        return DecideAsync(context, endpoint, caller);
    }

    private async Task VerifyAsync(HttpContext context, Endpoint endpoint, string token)
    {
        var caller = await tokens.VerifyAsync(token);
        if (caller is not null) context.SetCaller(caller);
        await DecideAsync(context, endpoint, caller);
    }

    private Task DecideAsync(HttpContext context, Endpoint endpoint, Caller? caller)
    {
        if (caller is null) return Problems.WriteAsync(context, Missing, StatusCodes.Status401Unauthorized);
        return Refuse(context, endpoint, caller) is { } rejection ? Problems.WriteAsync(context, rejection) : next(context);
    }

    private static Rejection? Refuse(HttpContext context, Endpoint endpoint, Caller caller)
    {
        var metadata = endpoint.Metadata;
        if (caller.Kind == CallerKind.Service) return null;
        if (metadata.GetMetadata<ServicesOnly>() is not null) return Rejection.Forbidden("access.services-only", "This address is for the platform's own services.");
        if (metadata.GetMetadata<PlatformAdminOnly>() is not null && !caller.PlatformAdmin)
            return Rejection.Forbidden("access.platform-admin", "Only a platform administrator may do this.");
        if (context.GetRouteValue("project") is not string project) return null;
        if (!caller.PlatformAdmin && (caller.Project != project || caller.Role == Role.None))
            return Rejection.NotFound("project.unknown", $"There is no project '{project}', or you have no role in it.");
        var needed = metadata.GetMetadata<RequiredRole>()?.Role ?? (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? Role.Viewer : Role.Editor);
        return caller.PlatformAdmin || caller.Role >= needed
            ? null
            : Rejection.Forbidden("access.role", $"This needs the role {Word(needed)} in project '{project}'; yours is {Word(caller.Role)}.");
    }

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}
