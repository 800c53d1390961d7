using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Store;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Projects.Projects;

/// <summary>What is asked over all projects: the store's sessions see one each.</summary>
internal sealed class ProjectQueries(ServiceDatabase<IProjectsStore> database)
{
    /// <summary>Projects by name.</summary>
    /// <param name="member">Only those where the user has a role; all when null.</param>
    /// <param name="among">Only these; all when null.</param>
    /// <param name="after">Name to begin after.</param>
    internal async Task<List<Project>> ListAsync(string? member, IReadOnlyList<string>? among, string? after, int limit, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select data, mt_version from mt_doc_project
            where data ->> 'stage' <> 'Purged' and id > $1 and ($2 is null or jsonb_exists(data -> 'members', $2)) and ($3 is null or id = any($3))
            order by id limit $4
            """);
        command.Parameters.Add(new() { Value = after ?? "" });
        command.Parameters.Add(new() { Value = (object?)member ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)among?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    /// <summary>Projects whose deletion is not finished.</summary>
    internal async Task<List<Project>> DeletingAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select data, mt_version from mt_doc_project where data ->> 'stage' in ('Closing', 'Deleting') order by id");
        return await ReadAsync(command, ct);
    }

    /// <summary>The projects where the user has a role.</summary>
    internal async Task<Dictionary<string, Role>> RolesOfAsync(string user, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select id, data -> 'members' -> $1 ->> 'role' from mt_doc_project where data ->> 'stage' <> 'Purged' and jsonb_exists(data -> 'members', $1) order by id");
        command.Parameters.Add(new() { Value = user });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) roles[reader.GetString(0)] = Enum.Parse<Role>(reader.GetString(1), ignoreCase: true);
        return roles;
    }

    private static async Task<List<Project>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<Project>();
        while (await reader.ReadAsync(ct))
        {
            var project = JsonSerializer.Deserialize<Project>(reader.GetString(0), MeshJson.Tolerant)!;
            project.Version = reader.GetInt64(1);
            found.Add(project);
        }

        return found;
    }
}
