using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Artifacts.Storage;

/// <summary>How many bytes a project has and may have. The count is kept in the transactions that give blobs to a project and take them away.</summary>
internal sealed class ProjectStorage(ServiceDatabase<IArtifactsStore> database, IOptions<ArtifactsOptions> options)
{
    public const string Schema =
        """
        create table project_storage (
            project     text primary key,
            used_bytes  bigint not null default 0,
            quota_bytes bigint
        );
        insert into project_storage (project, used_bytes)
        select r.project, sum(b.size) from blob_references r join blobs b using (digest) group by r.project;
        """;

    private const string Used = "coalesce(s.used_bytes, 0), coalesce(s.quota_bytes, $2)";

    private readonly NpgsqlDataSource _data = database.DataSource;

    // Without a limit the comparison goes on with a number that no store reaches.
    private readonly long _usual = options.Value.QuotaBytes ?? long.MaxValue;

    /// <summary>Counts a blob that the project gets.</summary>
    /// <returns>Whether there was room; when not, nothing is counted.</returns>
    public async Task<bool> AddAsync(NpgsqlConnection connection, string project, long size, CancellationToken ct)
    {
        await using var add = Command(
            new("""
                insert into project_storage as s (project, used_bytes) select $1, $2 where $2 <= coalesce((select quota_bytes from project_storage where project = $1), $3)
                on conflict (project) do update set used_bytes = s.used_bytes + $2 where s.used_bytes <= coalesce(s.quota_bytes, $3) - $2
                """, connection), project, size, _usual);
        return await add.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Counts blobs that were taken from the project.</summary>
    public static async Task SubtractAsync(NpgsqlConnection connection, string project, long size, CancellationToken ct)
    {
        await using var subtract = Command(new("update project_storage set used_bytes = used_bytes - $2 where project = $1", connection), project, size);
        await subtract.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The refusal of so many more bytes, or null when there is room at this moment.</summary>
    /// <param name="withUploads">Whether what open uploads will add counts too.</param>
    public async Task<Rejection?> CheckAsync(string project, long size, bool withUploads, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand(
                $"""
                select {Used}, case when $3 then (select coalesce(sum(size), 0)::bigint from upload where project = $1 and completed_at is null and expires_at > now()) else 0 end
                from (select) one left join project_storage s on s.project = $1
                """), project, _usual, withUploads);
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        var (used, quota, open) = (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2));
        return used + open <= quota - size ? null : Rejection.TooLarge(
            "blob.over-quota",
            $"The project has {used} bytes{(open > 0 ? $" and open uploads of {open}" : "")} and may have {quota}: {size} more do not fit. Collect what nothing refers to, delete some, or ask for more.");
    }

    /// <summary>What the project has and may have.</summary>
    public async Task<ProjectStorageInfo> GetAsync(string project, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand(
                $"""
                select {Used}, (select coalesce(sum(size), 0)::bigint from upload where project = $1 and completed_at is null and expires_at > now()),
                       (select count(*) from blob_references where project = $1), s.quota_bytes is not null
                from (select) one left join project_storage s on s.project = $1
                """), project, _usual);
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        var quota = rows.GetInt64(1);
        return new(rows.GetInt64(3), rows.GetInt64(0), rows.GetInt64(2), quota == long.MaxValue ? null : quota, rows.GetBoolean(4));
    }

    /// <summary>Sets the project's own limit, or takes it away.</summary>
    public async Task SetAsync(string project, long? quota, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand("insert into project_storage (project, quota_bytes) values ($1, $2) on conflict (project) do update set quota_bytes = excluded.quota_bytes"), project);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)quota ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
