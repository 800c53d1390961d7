using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Projects.Projects;
using Mesh.Projects.Tokens;

namespace Mesh.Projects.Access;

/// <summary>The rule of what a token grants.</summary>
internal static class Grants
{
    /// <summary>The grant; null when the token is revoked or at its end.</summary>
    /// <param name="token">The token.</param>
    /// <param name="admin">Whether its user is an administrator of the platform.</param>
    /// <param name="project">The project that is asked for, if any.</param>
    /// <param name="stage">Its stage; <see cref="ProjectStage.Purged"/> when there is none.</param>
    /// <param name="member">The user's role as a member.</param>
    /// <param name="now">The time.</param>
    internal static AccessGrant? Of(AccessToken token, bool admin, string? project, ProjectStage stage, Role member, DateTimeOffset now)
    {
        if (token.RevokedAt is not null || token.ExpiresAt <= now) return null;
        // An administrator's token with a limit is an ordinary token: it may do what was asked for, no more.
        var platformAdmin = admin && token.IsUnrestricted;
        var status = project is null ? null : StatusOf(stage);
        var held = admin ? Role.Owner : member;
        var role = project is null ? token.Role
            : status is null || !token.Covers(project) ? Role.None
            : (Role)Math.Min((int)held, (int)token.Role);
        return new AccessGrant(token.User, Guid.Parse(token.Id), platformAdmin, role, status, token.ExpiresAt);
    }

    private static ProjectStatus? StatusOf(ProjectStage stage) => stage switch
    {
        ProjectStage.Active => ProjectStatus.Active,
        ProjectStage.Archived => ProjectStatus.Archived,
        ProjectStage.Closing or ProjectStage.Deleting => ProjectStatus.Deleting,
        ProjectStage.Purged => null,
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "Not a stage of a project."),
    };
}
