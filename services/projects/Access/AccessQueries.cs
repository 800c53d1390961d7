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
        if (await ReadAsync(query, ct) is not var (token, grant)) return null;
        return query.Default ? grant with { DefaultProject = await DefaultOfAsync(token, grant.PlatformAdmin, ct) } : grant;
    }

    private async Task<(AccessToken Token, AccessGrant Grant)?> ReadAsync(AccessQuery query, CancellationToken ct)
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
        var grant = Grants.Of(token, options.IsAdmin(token.User), query.Project, stage, role, clock.GetUtcNow());
        return grant is null ? null : (token, grant);
    }

    private async Task<string?> DefaultOfAsync(AccessToken token, bool anywhere, CancellationToken ct)
    {
        if (token.Projects is [var only]) return only;
        await using var command = database.DataSource.CreateCommand(
            """
            select id, jsonb_exists(data -> 'members', $1) from mt_doc_project
            where (jsonb_exists(data -> 'members', $1) or id = 'default') and data ->> 'stage' <> 'Purged' and ($2::text[] is null or id = any($2))
            order by id = 'default' desc limit 3
            """);
        command.Parameters.Add(new() { Value = token.User });
        command.Parameters.Add(new() { Value = (object?)token.Projects?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        var found = new List<(string Project, bool IsMember)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add((rows.GetString(0), rows.GetBoolean(1)));
        var own = found.Where(row => row.IsMember).ToList();
        if (own.Count == 1) return own[0].Project;
        return found is [("default", var isMember), ..] && (isMember || anywhere) ? "default" : null;
    }
}
