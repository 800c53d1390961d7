using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Access;
using Mesh.Gateway.Browser;
using Mesh.Gateway.Proxy;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.Extensions.Primitives;

namespace Mesh.Gateway.Front;

/// <summary>
/// The platform's front door: who are you, may you go there. What passes carries a verified caller, for the modules of this process, and a
/// signed identity, for services behind the proxy; what the caller sent to that effect is taken away. A role or status that would refuse
/// is never taken from memory: it is asked for again.
/// </summary>
internal sealed class GatewayFront(RequestDelegate next, AccessCache access, RequestRates rates, SignedAddresses signed, GatewayOptions options)
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues Deny = "DENY";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues SameOrigin = "same-origin";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        request.Headers.Remove(IdentityTokens.Header);
        context.Response.Headers.XContentTypeOptions = NoSniff;
        var place = Place.Of(request);
        if (place.Kind is PlaceKind.Open)
        {
            WritePageHeaders(context.Response.Headers);
            return next(context);
        }

        if (place.Kind is PlaceKind.Hidden) return Problems.WriteAsync(context, Refusals.NoRoute(request));
        if (place.Kind is PlaceKind.Signed) return PassSignedAsync(context);
        if (!Credential.TryRead(request, out var credential)) return ChallengeAsync(context, Refusals.NoToken);
        if (credential.Kind is CredentialKind.Cookie && !IsSafe(request.Method) && !BrowserSession.IsMeant(request, credential.Text))
            return Problems.WriteAsync(context, Refusals.Forged);
        if (place.Kind is PlaceKind.DefaultProject) return GoToDefaultProjectAsync(context, credential);
        if (access.TryGet(credential.Text, place.Project, out var entry))
        {
            if (entry.Caller is null) return ChallengeAsync(context, Refusals.UnknownToken);
            if (Refuse(context, place.Kind, entry) is null) return ForwardAsync(context, entry);
        }

        var project = place.Project.ToString();
        return project.Length > 0 && !Names.IsLabel(project)
            ? Problems.WriteAsync(context, Refusals.NoProject(project))
            : AskAsync(context, place.Kind, credential, project);
    }

    // The permission is the address itself; nobody is known, and what the caller may do elsewhere does not count. The service looks at the signature again.
    private Task PassSignedAsync(HttpContext context)
    {
        var request = context.Request;
        if (!signed.IsGenuine(request)) return Problems.WriteAsync(context, Refusals.NotSigned);
        request.Headers.Remove("Authorization");
        request.Headers.Remove("Cookie");
        return next(context);
    }

    // The address with its project is what everything behind the door knows; it is let in like any other.
    private async Task GoToDefaultProjectAsync(HttpContext context, Credential credential)
    {
        if (!access.TryGet(credential.Text, AccessKey.AnyProject, out var entry))
        {
            try
            {
                entry = await access.LoadAsync(credential, AccessKey.AnyProject);
            }
            catch (Exception e) when (e is ServiceCallException or OperationCanceledException)
            {
                context.Response.Headers.RetryAfter = "2";
                await Problems.WriteAsync(context, Refusals.NobodyKnows);
                return;
            }
        }

        if (entry.Caller is null)
        {
            await ChallengeAsync(context, Refusals.UnknownToken);
        }
        else if (entry.DefaultProject is not { } project)
        {
            await Problems.WriteAsync(context, Refusals.NoDefaultProject(context.Request));
        }
        else
        {
            context.Request.Path = $"{ServiceRoutes.Mlflow}/{project}{context.Request.Path.Value}";
            await InvokeAsync(context);
        }
    }

    private async Task AskAsync(HttpContext context, PlaceKind kind, Credential credential, string project)
    {
        AccessEntry entry;
        try
        {
            entry = await access.LoadAsync(credential, project);
        }
        catch (Exception e) when (e is ServiceCallException or OperationCanceledException)
        {
            context.Response.Headers.RetryAfter = "2";
            await Problems.WriteAsync(context, Refusals.NobodyKnows);
            return;
        }

        if (entry.Caller is null) await ChallengeAsync(context, Refusals.UnknownToken);
        else if (Refuse(context, kind, entry) is { } refusal) await Problems.WriteAsync(context, refusal);
        else await ForwardAsync(context, entry);
    }

    private static Rejection? Refuse(HttpContext context, PlaceKind kind, AccessEntry entry)
    {
        if (entry.Caller is not { } caller) return Refusals.UnknownToken;
        if (kind is PlaceKind.Administration) return caller.PlatformAdmin ? null : Refusals.AdministratorsOnly;
        if (kind is not PlaceKind.Project) return null;
        if (!entry.IsMember) return Refusals.NoProject(caller.Project);
        if (entry.Status is ProjectStatus.Active || IsSafe(context.Request.Method) || ServiceRoutes.OnlyReads(context.Request.Path.Value)) return null;
        // The projects service knows itself what may still be done to a project that is at rest: restoring it, deleting it.
        if (ServiceRoutes.ServiceOf(context.Request.Path.Value) == "projects") return null;
        return entry.Status is ProjectStatus.Archived ? Refusals.Archived(caller.Project) : Refusals.Deleting(caller.Project);
    }

    private Task ForwardAsync(HttpContext context, AccessEntry entry)
    {
        var caller = entry.Caller!;
        if (!rates.TryPass(caller)) return RequestRates.RefuseAsync(context);
        var headers = context.Request.Headers;
        context.SetCaller(caller);
        headers[IdentityTokens.Header] = entry.Identity;
        // What opens the door stays at the door.
        headers.Remove("Authorization");
        headers.Remove("Cookie");
        if (ServiceRoutes.GivesAddresses(context.Request.Path.Value)) headers[PublicOrigin.Header] = OriginOf(context.Request);
        if (!IsSafe(context.Request.Method)) ForgetWhatChanges(context, caller);
        return next(context);
    }

    // Who has changed a role or revoked a token sees the effect with the very next request, here; elsewhere the news brings it.
    private void ForgetWhatChanges(HttpContext context, Caller caller)
    {
        var path = context.Request.Path.Value;
        if (ServiceRoutes.ServiceOf(path) != "projects") return;
        context.Response.OnStarting(() =>
        {
            if (caller.Project is { } project) access.ForgetProject(project);
            else if (path is not null && Guid.TryParse(path.AsSpan(path.LastIndexOf('/') + 1), out var token)) access.ForgetToken(token);
            return Task.CompletedTask;
        });
    }

    private string OriginOf(HttpRequest request) => options.PublicAddress?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}";

    private static Task ChallengeAsync(HttpContext context, Rejection rejection)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"mesh\"";
        return Problems.WriteAsync(context, rejection, StatusCodes.Status401Unauthorized);
    }

    // What browsers show as pages; answers of the API are not shown.
    private static void WritePageHeaders(IHeaderDictionary headers)
    {
        headers.XFrameOptions = Deny;
        headers["Referrer-Policy"] = NoReferrer;
        headers["Cross-Origin-Resource-Policy"] = SameOrigin;
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}
