using Mesh.Contracts;

namespace Mesh.Projects.Tokens;

/// <summary>What happened to an access token. The stream's key is the token's id, its tenant the platform.</summary>
public abstract record TokenEvent
{
    private TokenEvent()
    {
    }

    /// <summary>It was made. Of its secret only the hash is kept.</summary>
    /// <param name="Hash">SHA-256 of the secret, lower-case hex.</param>
    /// <param name="Role">The most it may do in any project.</param>
    /// <param name="Projects">The projects it is good for; all of the user's when null.</param>
    /// <param name="Purpose">Why it was made.</param>
    public sealed record Created(
        Guid TokenId, string Name, string User, Role Role, IReadOnlyList<string>? Projects, string Hash, TokenPurpose Purpose,
        string By, DateTimeOffset At, DateTimeOffset ExpiresAt) : TokenEvent;

    /// <summary>It was made useless before its time.</summary>
    /// <param name="User">Whose token it was.</param>
    public sealed record Revoked(string User, string By, DateTimeOffset At) : TokenEvent;
}

/// <summary>Why a token was made.</summary>
public enum TokenPurpose
{
    /// <summary>Asked for over the API.</summary>
    Api,

    /// <summary>The first administrator's, made at the first start.</summary>
    Bootstrap,

    /// <summary>The session of a browser that came by a login link.</summary>
    Browser,
}
