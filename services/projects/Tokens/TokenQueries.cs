using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Projects.Tokens;

/// <summary>Reads tokens: their users' lists, and what a caller's own token allows.</summary>
internal sealed class TokenQueries(IProjectsStore store, ServiceDatabase<IProjectsStore> database, TimeProvider clock)
{
    /// <summary>A user's tokens, the newest first.</summary>
    /// <param name="before">Id to begin after.</param>
    internal async Task<List<AccessToken>> ListAsync(string user, string? before, int limit, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select data from mt_doc_token
            where tenant_id = $1 and data ->> 'user' = $2 and ($3 = '' or id < $3)
            order by id desc limit $4
            """);
        command.Parameters.Add(new() { Value = Tenants.Platform });
        command.Parameters.Add(new() { Value = user });
        command.Parameters.Add(new() { Value = before ?? "" });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<AccessToken>();
        while (await reader.ReadAsync(ct)) found.Add(JsonSerializer.Deserialize<AccessToken>(reader.GetString(0), MeshJson.Tolerant)!);
        return found;
    }

    /// <summary>Whether there is any token, good or not.</summary>
    internal async Task<bool> AnyAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select exists (select 1 from mt_doc_token)");
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>A token, or null.</summary>
    internal async Task<AccessToken?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var session = store.OpenQuery(Tenants.Platform);
        return await session.LoadAsync<AccessToken>(id.ToString(), ct);
    }

    /// <summary>What the caller holds: the limits of the token they came with, else those of their identity.</summary>
    /// <exception cref="RejectedException">The token was revoked or has ended since the gateway let the caller in: 403 <c>token.spent</c>.</exception>
    internal async Task<TokenMaker> MakerAsync(Caller caller, CancellationToken ct)
    {
        if (caller.TokenId is { } id)
        {
            if (await FindAsync(id, ct) is not { RevokedAt: null } token || token.ExpiresAt <= clock.GetUtcNow())
                throw new RejectedException(Rejection.Forbidden("token.spent", "Your token has been revoked, or is at its end."));
            return new TokenMaker(caller.Name, caller.PlatformAdmin, token.Role, token.Projects, token.ExpiresAt);
        }

        IReadOnlyList<string>? projects = caller.Project is { } project && caller.Kind is not CallerKind.Service ? [project] : null;
        return new TokenMaker(caller.Name, caller.PlatformAdmin, caller.PlatformAdmin ? Role.Owner : caller.Role, projects, null);
    }
}
