using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Uploads;

/// <summary>Rows of uploads and of the parts that are there.</summary>
internal sealed class UploadTable(ServiceDatabase<IArtifactsStore> database)
{
    public const string Schema =
        """
        create table upload (
            id           uuid primary key,
            project      text not null,
            digest       text not null,
            size         bigint not null,
            part_size    bigint not null,
            parts        int not null,
            created_by   text not null,
            created_at   timestamptz not null,
            expires_at   timestamptz not null,
            completed_at timestamptz
        );
        create index upload_by_project on upload (project, id);
        create index upload_by_expiry on upload (expires_at);
        create table upload_part (
            upload uuid not null references upload on delete cascade,
            number int not null,
            digest text not null,
            size   bigint not null,
            place  uuid not null,
            primary key (upload, number)
        );
        """;

    /// <summary>Uploads of files: they have a path, their digest is known at their end, and their size is what has come so far.</summary>
    public const string Files =
        """
        alter table upload alter column digest drop not null, alter column part_size drop not null, add column path text collate "C";
        """;

    private const string Columns = "id, digest, size, part_size, parts, created_by, created_at, expires_at, completed_at";

    // An upload is held alone while it is put together or removed, and shared while a part gets its row.
    private const string Alone = "select pg_try_advisory_xact_lock(hashtext('mesh.artifacts.upload'), hashtext($1::text))";
    private const string Shared = "select pg_try_advisory_xact_lock_shared(hashtext('mesh.artifacts.upload'), hashtext($1::text))";

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>A part and where the store has it.</summary>
    public readonly record struct Placed(UploadPart Part, PartPlace Place);

    /// <summary>Adds an upload, unless the project has as many open ones as it may.</summary>
    public async Task<bool> AddAsync(string project, BlobUpload upload, int most, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var one = Command(connection, "select pg_advisory_xact_lock(hashtext('mesh.artifacts.uploads'), hashtext($1))", project)) await one.ExecuteNonQueryAsync(ct);
        await using var add = Command(
            connection,
            """
            insert into upload (id, project, digest, size, part_size, parts, created_by, created_at, expires_at)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9 where (select count(*) from upload where project = $2 and completed_at is null) < $10
            """,
            upload.Id, project, upload.Digest, upload.Size, upload.PartSize, upload.Parts, upload.CreatedBy, upload.CreatedAt, upload.ExpiresAt, most);
        var added = await add.ExecuteNonQueryAsync(ct) == 1;
        await transaction.CommitAsync(ct);
        return added;
    }

    /// <summary>An upload of the project that has not expired, or null.</summary>
    public async Task<BlobUpload?> FindAsync(string project, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = _data.CreateCommand($"select {Columns} from upload where id = $1 and project = $2 and expires_at > $3 and path is null");
        Bind(command, id, project, now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? Read(rows) : null;
    }

    /// <summary>Open uploads of a project, oldest first.</summary>
    public async Task<IReadOnlyList<BlobUpload>> OpenAsync(string project, string? digest, Guid after, int limit, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            $"""
            select {Columns} from upload where project = $1 and path is null and completed_at is null and id > $2 and expires_at > $3 and ($5 = '' or digest = $5) order by id limit $4
            """);
        Bind(command, project, after, now, limit, digest ?? "");
        var uploads = new List<BlobUpload>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) uploads.Add(Read(rows));
        return uploads;
    }

    /// <summary>The parts that are there, by number.</summary>
    public async Task<IReadOnlyList<Placed>> PartsAsync(Guid id, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("select number, digest, size, place, store from upload_part where upload = $1 order by number");
        Bind(command, id);
        var parts = new List<Placed>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) parts.Add(new(new(rows.GetInt32(0), rows.GetString(1), rows.GetInt64(2)), new(id, rows.GetGuid(3), rows.GetString(4))));
        return parts;
    }

    /// <summary>Gives a received part its place and its row, in that order: a row always has its bytes.</summary>
    /// <returns>Whether the upload is still open and in nobody's hands, and the place of the part that this one replaced.</returns>
    public async Task<(bool Done, PartPlace? Replaced)> PutPartAsync(UploadPart part, PartPlace place, StagedBlob staged, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var hold = Command(connection, Shared, place.Upload)) if (await hold.ExecuteScalarAsync(ct) is not true) return (false, null);
        await using (var open = Command(connection, "select true from upload where id = $1 and completed_at is null for update", place.Upload))
            if (await open.ExecuteScalarAsync(ct) is null) return (false, null);
        await staged.KeepAsPartAsync(place, ct);
        var (replaced, gone) = await ReplacedAsync(connection, part.Number, place.Upload, ct);
        await using var put = Command(
            connection,
            """
            with counted as (update upload set size = size + $4 - $6 where id = $1 and path is not null)
            insert into upload_part (upload, number, digest, size, place, store) values ($1, $2, $3, $4, $5, $7)
            on conflict (upload, number) do update set digest = excluded.digest, size = excluded.size, place = excluded.place, store = excluded.store
            """, place.Upload, part.Number, part.Digest, part.Size, place.Part, gone, place.Store);
        await put.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return (true, replaced);
    }

    private static async Task<(PartPlace? Place, long Size)> ReplacedAsync(NpgsqlConnection connection, int number, Guid upload, CancellationToken ct)
    {
        await using var old = Command(connection, "select place, size, store from upload_part where upload = $1 and number = $2", upload, number);
        await using var rows = await old.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? (new PartPlace(upload, rows.GetGuid(0), rows.GetString(2)), rows.GetInt64(1)) : (null, 0);
    }

    /// <summary>Holds an upload alone until the hold is disposed; null when somebody else has it.</summary>
    public async Task<Hold?> HoldAsync(Guid id, CancellationToken ct)
    {
        var connection = await _data.OpenConnectionAsync(ct);
        var held = false;
        try
        {
            // It may take minutes, but has read nothing: it does not hold up the cleaning of rows.
            var transaction = await connection.BeginTransactionAsync(ct);
            await using var hold = Command(connection, Alone, id);
            held = await hold.ExecuteScalarAsync(ct) is true;
            return held ? new Hold(connection, transaction) : null;
        }
        finally
        {
            if (!held) await connection.DisposeAsync();
        }
    }

    /// <summary>Marks an upload complete and forgets its parts.</summary>
    public async Task CompleteAsync(Guid id, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("with done as (update upload set completed_at = $2 where id = $1) delete from upload_part where upload = $1");
        Bind(command, id, now);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Removes an upload with its rows of parts.</summary>
    public async Task RemoveAsync(Guid id, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("delete from upload where id = $1");
        Bind(command, id);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Uploads whose time is over.</summary>
    public Task<IReadOnlyList<Guid>> ExpiredAsync(DateTimeOffset now, CancellationToken ct) => IdsAsync("select id from upload where expires_at <= $1 order by expires_at limit 1000", now, ct);

    /// <summary>All uploads of a project.</summary>
    public Task<IReadOnlyList<Guid>> OfAsync(string project, CancellationToken ct) => IdsAsync("select id from upload where project = $1", project, ct);

    /// <summary>Those of the uploads that have no row.</summary>
    public Task<IReadOnlyList<Guid>> UnknownAsync(Guid[] ids, CancellationToken ct) =>
        IdsAsync("select id from unnest($1::uuid[]) as there (id) where not exists (select from upload u where u.id = there.id)", ids, ct);

    private async Task<IReadOnlyList<Guid>> IdsAsync(string sql, object value, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(sql);
        Bind(command, value);
        var ids = new List<Guid>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) ids.Add(rows.GetGuid(0));
        return ids;
    }

    private static BlobUpload Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt32(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6),
        row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8));

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        Bind(command, values);
        return command;
    }

    private static void Bind(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
    }

    /// <summary>An upload in one hand.</summary>
    internal sealed class Hold(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
