using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Files;

/// <summary>A file's content by its digest.</summary>
internal readonly record struct FileContent(string Digest, long Size);

/// <summary>
/// The files of a project by path, as the MLflow protocol keeps them: unlike artifacts they have no versions, the last write counts. Their bytes are blobs.
/// Folders exist as long as something is in them.
/// </summary>
internal sealed class FileTree(ServiceDatabase<IArtifactsStore> database)
{
    public const string Schema =
        """
        create table file (
            project    text collate "C" not null,
            path       text collate "C" not null,
            digest     text not null references blobs (digest),
            size       bigint not null,
            updated_by text not null,
            updated_at timestamptz not null default now(),
            primary key (project, path)
        );
        create index file_by_digest on file (digest);
        """;

    /// <summary>A file keeps its blob.</summary>
    public static BlobRoots Roots { get; } = new("select project, digest from file");

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>Puts a blob that the project has at a path.</summary>
    /// <returns>The refusal when a folder is there, or a file where a folder would have to be.</returns>
    public async Task<Rejection?> PutAsync(string project, string path, BlobInfo blob, string by, CancellationToken ct)
    {
        await using var command = Command(
            """
            insert into file (project, path, digest, size, updated_by)
            select $1, $2, $3, $4, $5
            where not exists (select from file where project = $1 and (path = any($6) or (path >= $2 || '/' and path < $2 || '0')))
            on conflict (project, path) do update set digest = excluded.digest, size = excluded.size, updated_by = excluded.updated_by, updated_at = now()
            """, project, path, blob.Digest, blob.Size, by, Ancestors(path));
        return await command.ExecuteNonQueryAsync(ct) == 1 ? null : Taken(path);
    }

    /// <summary>The refusal that a file at the path would meet at this moment, or null.</summary>
    public async Task<Rejection?> CheckAsync(string project, string path, CancellationToken ct)
    {
        await using var command = Command(
            "select exists (select from file where project = $1 and (path = any($3) or (path >= $2 || '/' and path < $2 || '0')))", project, path, Ancestors(path));
        return await command.ExecuteScalarAsync(ct) is true ? Taken(path) : null;
    }

    /// <summary>The content of a file, or null.</summary>
    public async Task<FileContent?> FindAsync(string project, string path, CancellationToken ct)
    {
        await using var command = Command("select digest, size from file where project = $1 and path = $2", project, path);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) ? new FileContent(rows.GetString(0), rows.GetInt64(1)) : null;
    }

    /// <summary>What is right in a folder, by name: files with their size, folders. Empty for a folder that is not there, and for a file.</summary>
    /// <param name="folder">Empty for the root.</param>
    /// <param name="after">The name to go on behind.</param>
    public async Task<IReadOnlyList<FileEntry>> ListAsync(string project, string folder, string? after, int limit, CancellationToken ct)
    {
        // The characters of a folder's contents lie between '/' and '0', which comes next.
        var (from, to) = folder.Length == 0 ? ("", null) : ($"{folder}/", $"{folder}0");
        await using var command = Command(
            """
            select split_part(substr(path, length($2) + 1), '/', 1) as name, bool_or(strpos(substr(path, length($2) + 1), '/') > 0) as is_folder, max(size)
            from file
            where project = $1 and path >= $2 and ($3::text is null or path < $3) and ($4::text is null or path > $2 || $4)
            group by name having ($4::text is null or split_part(min(substr(path, length($2) + 1)), '/', 1) > $4)
            order by name limit $5
            """, project, from, (object?)to ?? DBNull.Value, (object?)after ?? DBNull.Value, limit);
        var entries = new List<FileEntry>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) entries.Add(new FileEntry(rows.GetString(0), rows.GetBoolean(1), rows.GetBoolean(1) ? null : rows.GetInt64(2)));
        return entries;
    }

    /// <summary>Deletes files, and folders with all that is in them.</summary>
    /// <returns>How many files there were.</returns>
    public async Task<int> DeleteAsync(string project, string[] paths, CancellationToken ct)
    {
        await using var command = Command(
            """
            delete from file f using unnest($2::text[]) as gone (path)
            where f.project = $1 and (f.path = gone.path or (f.path >= gone.path || '/' and f.path < gone.path || '0'))
            """, project, paths);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How many files the project has.</summary>
    public async Task<long> CountAsync(string project, CancellationToken ct)
    {
        await using var command = Command("select count(*) from file where project = $1", project);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Deletes all files of a project.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var command = Command("delete from file where project = $1", project);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Rejection Taken(string path) => MlflowError.Of(MlflowError.InvalidParameterValue, $"'{path}' is a folder, or one of its folders is a file.");

    private static string[] Ancestors(string path)
    {
        var segments = path.Split('/');
        return [.. Enumerable.Range(1, segments.Length - 1).Select(count => string.Join('/', segments[..count]))];
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = _data.CreateCommand(sql);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value };
            if (value is DBNull) parameter.NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
