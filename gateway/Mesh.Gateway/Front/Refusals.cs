using Mesh.Hosting.Decisions;

namespace Mesh.Gateway.Front;

/// <summary>Why the front door stays shut.</summary>
internal static class Refusals
{
    internal static readonly Rejection NoToken = Rejection.Forbidden("token.missing", "Send an access token: 'Authorization: Bearer …'. 'mesh token' prints yours.");

    internal static readonly Rejection UnknownToken = Rejection.Forbidden("token.unknown", "The access token is unknown, revoked, or at its end.");

    internal static readonly Rejection Forged = Rejection.Forbidden(
        "antiforgery.missing", "A browser's change must show that a page of this site asked for it: send the value of the cookie mesh_csrf as header Mesh-Csrf.");

    internal static readonly Rejection NotSigned = Rejection.Forbidden("address.not-signed", "The address is not one that was given out, is for another method, or has come to its end.");

    internal static readonly Rejection AdministratorsOnly = Rejection.Forbidden("access.platform-admin", "Only a platform administrator may see this.");

    internal static readonly Rejection NobodyKnows = Rejection.Unavailable("access.unavailable", "The projects service does not answer, so nobody knows who may do what. Try again.");

    internal static readonly Rejection TooFast = Rejection.Unavailable("rate.exceeded", "This token asks for more than its share. Try again in a moment.");

    internal static Rejection NoRoute(HttpRequest request) => Rejection.NotFound("route.unknown", $"There is nothing at {request.Path}.");

    internal static Rejection NoDefaultProject(HttpRequest request) => Rejection.Malformed(
        "project.missing",
        $"Which project is meant? Set MLFLOW_TRACKING_URI to {request.Scheme}://{request.Host}/mlflow/PROJECT. Without a project this address stands for the one that the "
        + "token is limited to, the only one that its user is a member of, or one that is named 'default': there is none of these.");

    internal static Rejection NoProject(string? project) => Rejection.NotFound("project.unknown", $"There is no project '{project}', or you have no role in it.");

    internal static Rejection Archived(string? project) => Rejection.Conflict("project.archived", $"Project '{project}' is archived and only read; restore it to change what is in it.");

    internal static Rejection Deleting(string? project) => Rejection.Conflict("project.deleting", $"Project '{project}' is being deleted.");
}
