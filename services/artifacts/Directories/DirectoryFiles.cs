using Marten;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Directories;

/// <summary>A manifest that can be logged, or why not.</summary>
internal readonly record struct Gathered(Manifest? Manifest, Rejection? Rejected);

/// <summary>
/// The manifests of a project's directories, a row for each file. Those of a manifest are written with the version that names it and never changed; several versions
/// may have the same.
/// </summary>
internal sealed class DirectoryFiles(ServiceDatabase<IArtifactsStore> database, NormalForm form, BlobStores stores, BlobLedger ledger)
{
    public const string Schema =
        """
        create table directory_file (
            project  text not null,
            manifest text not null,
            path     text collate "C" not null,
            digest   text not null,
            size     bigint not null,
            primary key (project, manifest, path)
        );
        """;

    private const int MostMissing = 20;

    /// <summary>Checks the files of a new directory: their paths, and that the project has their blobs.</summary>
    public async Task<Gathered> GatherAsync(string project, IReadOnlyList<NewDirectoryFile> files, CancellationToken ct)
    {
        if (files.Count > DirectoryFile.Most) return new(null, DirectoryPath.TooMany);
        var (paths, refusal) = await PathsAsync([.. files.Select(file => file.Path)], ct);
        if (refusal is not null) return new(null, refusal);

        var sizes = await SizesAsync(project, [.. files.Select(file => file.Digest).Distinct()], ct);
        var missing = files.Select(file => file.Digest).Where(digest => !sizes.ContainsKey(digest)).Distinct().ToList();
        if (missing.Count > 0)
        {
            return new(null, Rejection.Unprocessable(
                "blob.unknown", $"This project has no such blobs: {string.Join(", ", missing.Take(MostMissing))}{(missing.Count > MostMissing ? ", …" : "")}. Upload them first: PUT …/blobs/{{digest}}.", "files"));
        }

        return new(new Manifest(files.Select((file, i) => new DirectoryFile(paths[i], file.Digest, sizes[file.Digest]))), null);
    }

    /// <summary>The paths in composed Unicode, or why they cannot be the files of one directory.</summary>
    public async Task<(string[] Paths, Rejection? Rejected)> PathsAsync(string[] paths, CancellationToken ct)
    {
        // Once before, since the database reads no broken text, and once after, since composing changes lengths.
        if (FirstRefusal(paths) is { } refusal) return ([], refusal);
        paths = await form.OfAsync(paths, ct);
        return (paths, FirstRefusal(paths) ?? DirectoryPath.CheckAll(paths));
    }

    /// <summary>Keeps the manifest itself as a blob of the project, as which it can be read by its digest.</summary>
    /// <exception cref="RejectedException">The project has no room for it.</exception>
    public async Task KeepAsync(string project, Manifest manifest, string by, CancellationToken ct)
    {
        using var bytes = new MemoryStream(manifest.Bytes, writable: false);
        await using var staged = await (await stores.OfAsync(project, ct)).StageAsync(bytes, long.MaxValue, ct) ?? throw new InvalidOperationException("A manifest is longer than any.");
        if ((await ledger.KeepAsync(project, staged, by, ct)).Rejected is { } full) throw new RejectedException(full);
    }

    /// <summary>Writes the rows of a manifest in the transaction of a session.</summary>
    public static void Insert(IDocumentSession session, string project, Manifest manifest) => session.QueueSqlCommand(
        "insert into directory_file (project, manifest, path, digest, size) select ?, ?, f.path, f.digest, f.size from unnest(?, ?, ?) f (path, digest, size) on conflict do nothing",
        project, manifest.Digest, manifest.Files.Select(file => file.Path).ToArray(), manifest.Files.Select(file => file.Digest).ToArray(), manifest.Files.Select(file => file.Size).ToArray());

    /// <summary>A file by its path, or null.</summary>
    public async Task<DirectoryFile?> FindAsync(string project, string manifest, string path, CancellationToken ct)
    {
        await using var command = Command("select path, digest, size from directory_file where project = $1 and manifest = $2 and path = $3", project, manifest, path);
        return (await ReadAsync(command, ct)) is [var file] ? file : null;
    }

    /// <summary>Files by path.</summary>
    /// <param name="folder">Only this file, or those below this folder; empty for all.</param>
    /// <param name="after">The path to go on behind.</param>
    public async Task<IReadOnlyList<DirectoryFile>> ListAsync(string project, string manifest, string folder, string? after, int limit, CancellationToken ct)
    {
        await using var command = Command(
            """
            select path, digest, size from directory_file
            where project = $1 and manifest = $2 and path > $3 and ($4 = '' or path = $4 or (path >= $4 || '/' and path < $4 || '0'))
            order by path limit $5
            """, project, manifest, after ?? "", folder, limit);
        return await ReadAsync(command, ct);
    }

    /// <summary>Deletes what a project's directories had, and what its deleted versions pinned.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        foreach (var table in (string[])["directory_file", "pinned_version"])
        {
            await using var command = Command($"delete from {table} where project = $1", project);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Those of the blobs that the project has.</summary>
    public async Task<IReadOnlyCollection<string>> KnownAsync(string project, string[] digests, CancellationToken ct) => (await SizesAsync(project, digests, ct)).Keys;

    private static Rejection? FirstRefusal(string[] paths) => paths.Select(DirectoryPath.Check).FirstOrDefault(refused => refused is not null);

    // A directory is about to refer to them: their grace begins anew. Locked in one order, so that two directories with the same files do not wait for each other.
    private async Task<Dictionary<string, long>> SizesAsync(string project, string[] digests, CancellationToken ct)
    {
        await using var command = Command(
            """
            with held as materialized (select digest from blob_references where project = $1 and digest = any($2) order by digest for no key update)
            update blob_references r set added_at = now() from held join blobs b using (digest) where r.project = $1 and r.digest = held.digest returning b.digest, b.size
            """, project, digests);
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) sizes[rows.GetString(0)] = rows.GetInt64(1);
        return sizes;
    }

    private static async Task<IReadOnlyList<DirectoryFile>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var files = new List<DirectoryFile>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) files.Add(new DirectoryFile(rows.GetString(0), rows.GetString(1), rows.GetInt64(2)));
        return files;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = database.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
