using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Mesh.Projects.Projects;
using Mesh.Projects.Tokens;
using NpgsqlTypes;

namespace Mesh.Projects.Access;

/// <summary>What a token grants, in one round trip to the database: the gateway asks this on behalf of every request it has not cached.</summary>
internal sealed class AccessQueries(ServiceDatabase<IProjectsStore> database, ProjectsOptions options, TimeProvider clock)
{
    /// <summary>The grant; null when the token is unknown, revoked or at its end.</summary>
    internal async Task<AccessGrant?> FindAsync(AccessQuery query, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select t.data, p.data ->> 'stage', p.data -> 'members' -> (t.data ->> 'user') ->> 'role'
            from mt_doc_token t left join mt_doc_project p on p.tenant_id = $2 and p.id = $2
            where t.tenant_id = $3 and t.hash = $1
            """);
        command.Parameters.Add(new() { Value = query.TokenHash });
        command.Parameters.Add(new() { Value = (object?)query.Project ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = Tenants.Platform });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var token = JsonSerializer.Deserialize<AccessToken>(reader.GetString(0), MeshJson.Tolerant)!;
        var stage = await reader.IsDBNullAsync(1, ct) ? ProjectStage.Purged : Enum.Parse<ProjectStage>(reader.GetString(1), ignoreCase: true);
        var role = await reader.IsDBNullAsync(2, ct) ? Role.None : Enum.Parse<Role>(reader.GetString(2), ignoreCase: true);
        return Grants.Of(token, options.IsAdmin(token.User), query.Project, stage, role, clock.GetUtcNow());
    }
}
