using JasperFx;
using Mesh.Hosting.Decisions;

namespace Mesh.Projects.Logins;

/// <summary>What happened to a login link. The stream's key is the hash of its code, its tenant the platform.</summary>
public abstract record LoginEvent
{
    private LoginEvent()
    {
    }

    /// <summary>It was made for the bearer of a token.</summary>
    public sealed record Offered(string Id, string User, Guid TokenId, DateTimeOffset At, DateTimeOffset ExpiresAt) : LoginEvent;

    /// <summary>A browser used it.</summary>
    public sealed record Used(DateTimeOffset At) : LoginEvent;
}

/// <summary>A link that logs one browser in, once.</summary>
public sealed record Login : ILongVersioned
{
    /// <summary>SHA-256 of the code, lower-case hex.</summary>
    public required string Id { get; init; }

    public required string User { get; init; }

    /// <summary>The token that the link was made with: the browser gets no more than that.</summary>
    public Guid TokenId { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public bool IsUsed { get; init; }

    /// <summary>Version of the stream, set by the store.</summary>
    public long Version { get; set; }

    public static Login Create(LoginEvent.Offered e) => new() { Id = e.Id, User = e.User, TokenId = e.TokenId, ExpiresAt = e.ExpiresAt };

    public Login Apply(LoginEvent.Used e) => this with { IsUsed = true };
}

/// <summary>The rules of login links: good for five minutes and one browser.</summary>
internal static class LoginDecider
{
    internal static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    internal static readonly Rejection Spent = Rejection.NotFound("login.spent", "This login link has been used, or is older than five minutes. Ask for a new one: mesh login.");

    internal static Decision<LoginEvent> Offer(Login? login, string id, string user, Guid tokenId, DateTimeOffset now) =>
        login is null ? new LoginEvent.Offered(id, user, tokenId, now, now + Life) : Spent;

    internal static Decision<LoginEvent> Use(Login? login, DateTimeOffset now) =>
        login is null or { IsUsed: true } || login.ExpiresAt <= now ? Spent : new LoginEvent.Used(now);
}
