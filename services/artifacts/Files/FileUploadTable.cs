using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Files;

/// <summary>The uploads of files among the rows of <see cref="Uploads.UploadTable"/>, which keeps their parts, and removes them when their time is over.</summary>
internal sealed class FileUploadTable(ServiceDatabase<IArtifactsStore> database)
{
    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>Adds an upload, unless the project has as many open ones as it may.</summary>
    public async Task<bool> AddAsync(string project, FileUpload upload, string by, DateTimeOffset now, DateTimeOffset expires, int most, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // The lock of all beginnings of uploads in a project, whatever they are of: one after the other is counted.
        await using (var one = Command(new("select pg_advisory_xact_lock(hashtext('mesh.artifacts.uploads'), hashtext($1))", connection), project)) await one.ExecuteNonQueryAsync(ct);
        await using var add = Command(
            new("""
                insert into upload (id, project, path, size, parts, created_by, created_at, expires_at)
                select $1, $2, $3, 0, $4, $5, $6, $7 where (select count(*) from upload where project = $2 and completed_at is null) < $8
                """, connection), upload.Id, project, upload.Path, upload.Parts, by, now, expires, most);
        var added = await add.ExecuteNonQueryAsync(ct) == 1;
        await transaction.CommitAsync(ct);
        return added;
    }

    /// <summary>An upload of the project that has not expired, or null.</summary>
    public async Task<FileUpload?> FindAsync(string project, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand("select path, parts, size, completed_at from upload where id = $1 and project = $2 and expires_at > $3 and path is not null"), id, project, now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? Read(id, rows) : null;
    }

    /// <summary>The bytes of a part that is there; zero when there is none.</summary>
    public async Task<long> SizeOfPartAsync(Guid id, int number, CancellationToken ct)
    {
        await using var command = Command(_data.CreateCommand("select size from upload_part where upload = $1 and number = $2"), id, number);
        return await command.ExecuteScalarAsync(ct) is long size ? size : 0;
    }

    private static FileUpload Read(Guid id, NpgsqlDataReader row) =>
        new(id, row.GetString(0), row.GetInt32(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3));

    private static NpgsqlCommand Command(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
