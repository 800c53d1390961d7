namespace Mesh.Contracts.Projects;

/// <summary><c>POST /api/v1/tokens</c>. A token never grants more than its user has, nor more than <paramref name="Role"/>, nor outside <paramref name="Projects"/>.</summary>
/// <param name="Name">For people: what it is for.</param>
/// <param name="User">Whose token; the caller's own when absent. Only platform administrators make tokens for others.</param>
/// <param name="Role">The most it may do in any project.</param>
/// <param name="Projects">The projects it is good for; all of the user's when absent.</param>
/// <param name="ExpiresInSeconds">Life in seconds, at most a year (31,536,000). 90 days when absent.</param>
public sealed record CreateToken(
    string Name, string? User = null, Role Role = Role.Owner, IReadOnlyList<string>? Projects = null, long? ExpiresInSeconds = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Name.Length is > 0 and <= 100, "name", "must be 1 to 100 characters.");
        if (User is not null) faults.Name(User, "user");
        faults.Require(Role is not Role.None && Enum.IsDefined(Role), "role", "must be viewer, editor, admin or owner.");
        faults.Count(Projects?.Count ?? 0, "projects", 100);
        for (var i = 0; i < (Projects?.Count ?? 0); i++) faults.Name(Projects![i], $"projects[{i}]");
        faults.Require(ExpiresInSeconds is null or (>= 1 and <= 31_536_000), "expiresInSeconds", "must be 1 to 31,536,000 (a year).");
    }
}

/// <summary>A token as it is listed: never with its secret.</summary>
public sealed record TokenInfo(
    Guid Id, string Name, string User, Role Role, IReadOnlyList<string>? Projects, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>The only answer that ever holds the secret.</summary>
public sealed record CreatedToken(TokenInfo Token, string Secret)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"CreatedToken {{ {Token.Id} }}";
}

/// <summary><c>GET /api/v1/me</c>: who the caller is and where they have a role.</summary>
public sealed record Me(string User, bool PlatformAdmin, IReadOnlyDictionary<string, Role> Projects);

/// <summary><c>POST /internal/access</c>, for the gateway alone: may the bearer of the token with this SHA-256 (hex) do anything in the project?</summary>
/// <param name="Default">Whether the project is wanted that is meant when none is named.</param>
public sealed record AccessQuery(string TokenHash, string? Project = null, bool Default = false);

/// <summary>What the token grants. <paramref name="Role"/> is for the project that was asked for, <see cref="Role.None"/> if there is none.</summary>
/// <param name="User">Whose token it is.</param>
/// <param name="TokenId">Id of the token, by which its revocation is announced.</param>
/// <param name="PlatformAdmin">Owner of every project, and of the platform.</param>
/// <param name="Role">The role in the project; when none was asked for, the most that the token may do in any.</param>
/// <param name="ProjectStatus">Status of the project, null if there is none of that name.</param>
/// <param name="ExpiresAt">When the token ends.</param>
/// <param name="DefaultProject">
/// If it was asked for: the project that the token is limited to, else the only one that its user is a member of, else one that is named <c>default</c>; null
/// when there is none of these.
/// </param>
public sealed record AccessGrant(
    string User, Guid TokenId, bool PlatformAdmin, Role Role, ProjectStatus? ProjectStatus, DateTimeOffset ExpiresAt, string? DefaultProject = null);

/// <summary>Answer of <c>POST /api/v1/login-links</c>: a path on the gateway that logs one browser in as the caller, once.</summary>
/// <param name="Path">Such as <c>/login?code=…</c>, below the gateway's address.</param>
/// <param name="ExpiresAt">Five minutes from now.</param>
public sealed record LoginLink(string Path, DateTimeOffset ExpiresAt)
{
    /// <summary>Never shows the code.</summary>
    public override string ToString() => $"LoginLink {{ ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary><c>POST /internal/logins/end</c>, for the gateway alone: revokes the token of a browser that signs out. A token that was not made for a browser stays.</summary>
public sealed record EndLogin(Guid TokenId);

/// <summary><c>POST /internal/logins</c>, for the gateway alone: turns the code of a login link into a browser's token, once. Answers <see cref="CreatedToken"/>.</summary>
public sealed record RedeemLogin(string Code)
{
    /// <summary>Never shows the code.</summary>
    public override string ToString() => "RedeemLogin { Code = *** }";
}
