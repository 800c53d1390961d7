using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Mesh.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Hosting.Identity;

/// <summary>
/// The signed identities that travel between the platform's own processes: JSON Web Tokens, HMAC-SHA-256 with the platform's identity key.
/// Service identities live 60 seconds and are reused for half of that; job identities live as long as the job may run.
/// </summary>
public sealed class IdentityTokens
{
    /// <summary>The header between gateway and services.</summary>
    public const string Header = "Mesh-Identity";

    private const string Issuer = "mesh";
    private const string ServiceAudience = "mesh-service";
    private const string JobAudience = "mesh-job";
    private const int MostCached = 10_000;
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(60);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly ConcurrentDictionary<(Caller, string?), (string Token, DateTimeOffset Until)> _issued = new();
    private readonly ConcurrentDictionary<(string Token, string Audience), (IssuedIdentity Identity, DateTimeOffset Until)> _verified = new();
    private readonly SigningCredentials _credentials;
    private readonly TokenValidationParameters _validation;
    private readonly TimeProvider _clock;

    /// <summary>Uses the given key of 32 bytes.</summary>
    public IdentityTokens(byte[] key, TimeProvider clock)
    {
        _clock = clock;
        var secret = new SymmetricSecurityKey(key);
        _credentials = new SigningCredentials(secret, SecurityAlgorithms.HmacSha256);
        _validation = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            IssuerSigningKey = secret,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ClockSkew = TimeSpan.FromSeconds(5),
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, _, parameters) => expires is { } end && end + parameters.ClockSkew > clock.GetUtcNow().UtcDateTime,
        };
    }

    /// <summary>An identity for a call to a service.</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="project">Binds a service caller to one project; a user's role is bound already.</param>
    public string Issue(Caller caller, string? project = null)
    {
        var now = _clock.GetUtcNow();
        if (_issued.TryGetValue((caller, project), out var cached) && cached.Until > now) return cached.Token;
        if (_issued.Count >= MostCached) _issued.Clear();
        var token = Sign(caller, project ?? caller.Project, ServiceAudience, now + Life);
        _issued[(caller, project)] = (token, now + (Life / 2));
        return token;
    }

    /// <summary>The identity that a job is started with: an editor of its project, and of no other.</summary>
    public string IssueJob(Guid jobId, string project, TimeSpan life) =>
        Sign(new Caller($"job:{jobId}", CallerKind.Job, Role.Editor, project), project, JobAudience, _clock.GetUtcNow() + life);

    /// <summary>The caller of a service identity that was verified before and has not expired.</summary>
    public bool TryRecall(string token, [NotNullWhen(true)] out Caller? caller)
    {
        caller = _verified.TryGetValue((token, ServiceAudience), out var known) && known.Until > _clock.GetUtcNow() ? known.Identity.Caller : null;
        return caller is not null;
    }

    /// <summary>The caller of a service identity, or null if it is not genuine or has expired.</summary>
    public async ValueTask<Caller?> VerifyAsync(string token) => (await VerifyAsync(token, ServiceAudience))?.Caller;

    /// <summary>A job identity, or null if it is not genuine or has expired.</summary>
    public ValueTask<IssuedIdentity?> VerifyJobAsync(string token) => VerifyAsync(token, JobAudience);

    private ValueTask<IssuedIdentity?> VerifyAsync(string token, string audience) =>
        _verified.TryGetValue((token, audience), out var known) && known.Until > _clock.GetUtcNow()
            ? ValueTask.FromResult<IssuedIdentity?>(known.Identity)
            : CheckAsync(token, audience);

    private async ValueTask<IssuedIdentity?> CheckAsync(string token, string audience)
    {
        var parameters = _validation.Clone();
        parameters.ValidAudience = audience;
        var result = await _handler.ValidateTokenAsync(token, parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt) return null;
        var caller = new Caller(
            jwt.Subject, Enum.Parse<CallerKind>(jwt.GetClaim("kind").Value), Enum.Parse<Role>(jwt.GetClaim("role").Value),
            jwt.TryGetClaim("project", out var project) ? project.Value : null, jwt.TryGetClaim("admin", out _),
            jwt.TryGetClaim("token", out var id) && Guid.TryParse(id.Value, out var tokenId) ? tokenId : null);
        if (_verified.Count >= MostCached) _verified.Clear();
        var identity = new IssuedIdentity(caller, DateTime.SpecifyKind(jwt.IssuedAt, DateTimeKind.Utc));
        _verified[(token, audience)] = (identity, jwt.ValidTo);
        return identity;
    }

    private string Sign(Caller caller, string? project, string audience, DateTimeOffset expires)
    {
        var claims = new ClaimsIdentity([new(JwtRegisteredClaimNames.Sub, caller.Name), new("kind", caller.Kind.ToString()), new("role", caller.Role.ToString())]);
        if (project is not null) claims.AddClaim(new("project", project));
        if (caller.PlatformAdmin) claims.AddClaim(new("admin", "true"));
        if (caller.TokenId is { } tokenId) claims.AddClaim(new("token", tokenId.ToString()));
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            Subject = claims,
            IssuedAt = _clock.GetUtcNow().UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = _credentials,
        });
    }
}

/// <summary>A verified identity.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="IssuedAt">Since when they may, to the second.</param>
public sealed record IssuedIdentity(Caller Caller, DateTimeOffset IssuedAt);
