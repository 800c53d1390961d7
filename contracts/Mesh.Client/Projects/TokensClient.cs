using Mesh.Client.Connection;
using Mesh.Contracts.Projects;

namespace Mesh.Client.Projects;

/// <summary>Access tokens.</summary>
public sealed class TokensClient
{
    private readonly MeshConnection _connection;

    internal TokensClient(MeshConnection connection) => _connection = connection;

    /// <summary>The caller's tokens, never with their secrets.</summary>
    public IAsyncEnumerable<TokenInfo> ListAsync(CancellationToken ct = default) => _connection.ListAsync<TokenInfo>("/api/v1/tokens", ct);

    /// <summary>Makes a token. Its secret is in this answer and never shown again, so a lost answer is not asked for twice.</summary>
    public Task<CreatedToken> CreateAsync(CreateToken body, CancellationToken ct = default) =>
        _connection.SendAsync<CreatedToken>(HttpMethod.Post, "/api/v1/tokens", body, Sending.Once, ct);

    /// <summary>Ends a token at once.</summary>
    public Task RevokeAsync(Guid token, CancellationToken ct = default) =>
        _connection.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{token}", null, Sending.Idempotent, ct);
}
