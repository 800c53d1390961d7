using Mesh.Artifacts.Blobs;
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

    /// <summary>The count in parts: uploads of one project at once wait for each other only where they meet in a part, or where there is a limit. The first has the limit.</summary>
    public const string Parts =
        """
        alter table project_storage add column part smallint not null default 0;
        alter table project_storage drop constraint project_storage_pkey, add primary key (project, part);
        """;

    private const int NumberOfParts = 64;

    private const string Used =
        "(select coalesce(sum(used_bytes), 0)::bigint from project_storage where project = $1), coalesce((select quota_bytes from project_storage where project = $1 and part = 0), $2)";

    private const string Count =
        """
        on conflict (project, part) do update set used_bytes = s.used_bytes + excluded.used_bytes
        """;

    private const string Refer =
        $"""
        with referred as (
            insert into blob_references (project, digest, added_by) values ($1, $2, $3)
            on conflict (project, digest) do update set added_at = excluded.added_at returning xmax = 0 as is_new
        ),
        storage as (select $6 or exists (select from project_storage where project = $1 and part = 0 and quota_bytes is not null) as is_limited),
        counted as (
            insert into project_storage as s (project, part, used_bytes) select $1, $4, $5 from referred, storage where is_new and not is_limited {Count}
        )
        select is_new, is_limited from referred, storage
        """;

    private const string AddWithin =
        $"""
        insert into project_storage as s (project, part, used_bytes)
        select $1, $3, $4 from (select {Used}) as has (used, quota) where used <= quota - $4 {Count}
        """;

    private readonly NpgsqlDataSource _data = database.DataSource;

    // Without a limit the comparison goes on with a number that no store reaches.
    private readonly long _usual = options.Value.QuotaBytes ?? long.MaxValue;

    /// <summary>Gives a blob to a project, or begins its grace anew, and counts it where it is new.</summary>
    /// <returns>Whether the project did not have it before, and whether there was room; without room the transaction is to be given up.</returns>
    public async Task<(bool IsNew, bool Fits)> ReferAsync(NpgsqlConnection connection, string project, string digest, long size, string by, CancellationToken ct)
    {
        var part = (short)(Convert.ToByte(digest[..2], 16) % NumberOfParts);
        await using (var refer = Command(new(Refer, connection), project, digest, by, part, size, _usual != long.MaxValue))
        {
            await using var row = await refer.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            var (isNew, isLimited) = (row.GetBoolean(0), row.GetBoolean(1));
            if (!isNew || !isLimited) return (isNew, true);
        }

        // Two that fit alone may not fit together: one after the other asks for the sum.
        await using (var line = Command(new("select pg_advisory_xact_lock(hashtext('mesh.storage'), hashtext($1))", connection), project)) await line.ExecuteNonQueryAsync(ct);
        await using var add = Command(new(AddWithin, connection), project, _usual, part, size);
        return (true, await add.ExecuteNonQueryAsync(ct) > 0);
    }

    /// <summary>Counts blobs that were taken from the project.</summary>
    public static async Task SubtractAsync(NpgsqlConnection connection, string project, long size, CancellationToken ct)
    {
        await using var subtract = Command(new("update project_storage set used_bytes = used_bytes - $2 where project = $1 and part = (select min(part) from project_storage where project = $1)", connection), project, size);
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
                       (select count(*) from blob_references where project = $1),
                       exists (select from project_storage where project = $1 and part = 0 and quota_bytes is not null),
                       coalesce((select store from project_storage where project = $1 and part = 0), '')
                """), project, _usual);
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        var quota = rows.GetInt64(1);
        var (store, prefix) = BlobStores.Split(rows.GetString(5));
        return new(rows.GetInt64(3), rows.GetInt64(0), rows.GetInt64(2), quota == long.MaxValue ? null : quota, rows.GetBoolean(4), store, prefix);
    }

    /// <summary>Sets the project's own limit, or takes it away, and where its new blobs go.</summary>
    /// <param name="place">A place of <see cref="BlobStores"/>; null leaves it as it is.</param>
    public async Task SetAsync(string project, long? quota, string? place, CancellationToken ct)
    {
        // The place is known before anything goes there, and for ever.
        await using var command = Command(
            _data.CreateCommand(
                """
                with place as (insert into blob_place (store) select $2 where $2 is not null on conflict do nothing)
                insert into project_storage (project, store, quota_bytes) values ($1, $2, $3)
                on conflict (project, part) do update set quota_bytes = excluded.quota_bytes, store = coalesce(excluded.store, project_storage.store)
                """), project);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)place ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)quota ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
