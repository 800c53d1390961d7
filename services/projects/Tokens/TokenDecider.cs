using Mesh.Contracts;
using Mesh.Hosting.Decisions;

namespace Mesh.Projects.Tokens;

/// <summary>Who asks for a token, and what they hold themselves.</summary>
/// <param name="Role">The most they may do in any project.</param>
/// <param name="Projects">The projects their own token is good for; all when null.</param>
/// <param name="ExpiresAt">When their own token ends; null when they came without one.</param>
internal sealed record TokenMaker(string User, bool PlatformAdmin, Role Role, IReadOnlyList<string>? Projects, DateTimeOffset? ExpiresAt);

/// <summary>What may be asked of a token.</summary>
internal abstract record TokenCommand
{
    private TokenCommand()
    {
    }

    /// <param name="Life">How long it is good; the default when null.</param>
    internal sealed record Make(
        Guid TokenId, string Name, string User, Role Role, IReadOnlyList<string>? Projects, TimeSpan? Life, string Hash, TokenMaker Maker,
        TokenPurpose Purpose = TokenPurpose.Api) : TokenCommand;

    /// <summary>The first administrator's token: for good, with no limit.</summary>
    internal sealed record Bootstrap(Guid TokenId, string User, string Hash) : TokenCommand;

    internal sealed record Revoke(string By) : TokenCommand;
}

/// <summary>The rules of access tokens: nobody hands out more than they hold.</summary>
internal static class TokenDecider
{
    internal static readonly TimeSpan DefaultLife = TimeSpan.FromDays(90);

    /// <summary>The end of tokens that do not end.</summary>
    internal static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static Decision<TokenEvent> Decide(TokenCommand command, AccessToken? token, DateTimeOffset now) => (command, token) switch
    {
        (TokenCommand.Make c, null) => Make(c, now),
        (TokenCommand.Bootstrap c, null) =>
            new TokenEvent.Created(c.TokenId, "bootstrap", c.User, Role.Owner, null, c.Hash, TokenPurpose.Bootstrap, c.User, now, Never),
        (TokenCommand.Bootstrap, _) => Decision<TokenEvent>.Nothing,
        (TokenCommand.Make, _) => Rejection.Conflict("token.exists", "There is a token with this id already."),
        (TokenCommand.Revoke, null) => Unknown,
        (TokenCommand.Revoke, { RevokedAt: not null }) => Decision<TokenEvent>.Nothing,
        (TokenCommand.Revoke c, { } t) => new TokenEvent.Revoked(t.User, c.By, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Not a command of a token."),
    };

    internal static Rejection Unknown => Rejection.NotFound("token.unknown", "There is no such token, or it is not yours.");

    private static Decision<TokenEvent> Make(TokenCommand.Make c, DateTimeOffset now)
    {
        var maker = c.Maker;
        if (c.User != maker.User && !maker.PlatformAdmin)
            return Rejection.Forbidden("token.for-other", "Only a platform administrator makes tokens for others.");
        if (c.Role > maker.Role)
            return Rejection.Forbidden("token.exceeds-maker", $"Your own token may do at most {Word(maker.Role)}; ask for that or less as 'role'.");
        if (maker.Projects is { } mine && (c.Projects is null || c.Projects.Any(project => !mine.Contains(project, StringComparer.Ordinal))))
            return Rejection.Forbidden("token.exceeds-maker", $"Your own token is good for {string.Join(", ", mine)} only; ask for no other 'projects'.");

        var end = now + (c.Life ?? DefaultLife);
        if (maker.ExpiresAt is { } mineEnds && end > mineEnds)
        {
            if (c.Life is not null)
                return Rejection.Forbidden("token.exceeds-maker", $"Your own token ends at {mineEnds:O}; ask for no longer life.");
            end = mineEnds;
        }

        return new TokenEvent.Created(c.TokenId, c.Name, c.User, c.Role, Distinct(c.Projects), c.Hash, c.Purpose, maker.User, now, end);
    }

    private static IReadOnlyList<string>? Distinct(IReadOnlyList<string>? projects) =>
        projects is null ? null : [.. projects.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}
