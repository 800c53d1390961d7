using System.Globalization;
using JasperFx;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Projects.Tokens;

/// <summary>An access token: a fold over its events, kept as an inline snapshot.</summary>
public sealed record AccessToken : ILongVersioned
{
    /// <summary>Id of the token, and key of the stream.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string User { get; init; }

    /// <summary>The most it may do in any project.</summary>
    public Role Role { get; init; }

    /// <summary>The projects it is good for; all of the user's when null.</summary>
    public IReadOnlyList<string>? Projects { get; init; }

    /// <summary>SHA-256 of the secret, lower-case hex.</summary>
    public required string Hash { get; init; }

    public TokenPurpose Purpose { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Version of the stream, set by the store.</summary>
    public long Version { get; set; }

    /// <summary>Whether it takes nothing away from what its user has.</summary>
    public bool IsUnrestricted => Role is Role.Owner && Projects is null;

    /// <summary>Whether it is good for the project.</summary>
    public bool Covers(string project) => Projects is null || Projects.Contains(project, StringComparer.Ordinal);

    /// <summary>As it is listed.</summary>
    public TokenInfo ToInfo() => new(Guid.Parse(Id, CultureInfo.InvariantCulture), Name, User, Role, Projects, CreatedAt, ExpiresAt, RevokedAt);

    public static AccessToken Create(TokenEvent.Created e) => new()
    {
        Id = e.TokenId.ToString(),
        Name = e.Name,
        User = e.User,
        Role = e.Role,
        Projects = e.Projects,
        Hash = e.Hash,
        Purpose = e.Purpose,
        CreatedAt = e.At,
        ExpiresAt = e.ExpiresAt,
    };

    public AccessToken Apply(TokenEvent.Revoked e) => this with { RevokedAt = e.At };
}
