using Mesh.Artifacts.Storage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Which project has which blob. A project has the blobs whose bytes it uploaded, even where the store had them already: to know a digest is not
/// to have the content. The row of a blob is also its lock: keeping and deleting the same content never overlap.
/// </summary>
internal sealed class BlobLedger(ServiceDatabase<IArtifactsStore> database, BlobStores stores, ProjectStorage storage)
{
    public const string Schema =
        """
        create table blobs (
            digest text primary key,
            size bigint not null,
            added_at timestamptz not null default now()
        );
        create table blob_references (
            project text not null,
            digest text not null references blobs (digest),
            added_by text not null,
            added_at timestamptz not null default now(),
            primary key (project, digest)
        );
        create index blob_references_by_digest on blob_references (digest);
        """;

    // A crash of the database may forget it, and with it one that comes in the same moment: what would be left then is a file that nothing names. Waiting for the disk here
    // would cost each upload as much as keeping it does.
    private const string Announce =
        """
        with fast as (select set_config('synchronous_commit', 'off', true))
        insert into blobs (digest, size, store) select $1, $2, $3 from fast on conflict (digest) do nothing
        """;

    private const string Lock = "insert into blobs (digest, size, store) values ($1, $2, $3) on conflict (digest) do update set size = excluded.size returning store";
    private const int Batch = 100;

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>Keeps a staged blob for a project, and begins its grace anew.</summary>
    /// <returns>Whether the project did not have it before; or the refusal when it has no room, which leaves nothing.</returns>
    public async Task<(bool IsNew, Rejection? Rejected)> KeepAsync(string project, StagedBlob blob, string by, CancellationToken ct)
    {
        // Committed before the file gets its place: a crash in between leaves a row without references, which the next reaping finds.
        await using (var announce = Command(_data.CreateCommand(Announce), blob.Digest, blob.Size, blob.Place))
            await announce.ExecuteNonQueryAsync(ct);

        var (isNew, fits) = await KeepLockedAsync(project, blob, by, ct);
        if (fits) return (isNew, null);
        await ReapAsync(blob.Digest, ct);
        return (false, await storage.CheckAsync(project, blob.Size, withUploads: false, ct)
            ?? Rejection.TooLarge("blob.over-quota", $"There was no room for {blob.Size} more bytes in the project. Some was freed since then: try again."));
    }

    private async Task<(bool IsNew, bool Fits)> KeepLockedAsync(string project, StagedBlob blob, string by, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (place, isDamaged) = ("", false);
        await using (var batch = new NpgsqlBatch(connection, transaction))
        {
            batch.BatchCommands.Add(new(Lock) { Parameters = { new() { Value = blob.Digest }, new() { Value = blob.Size }, new() { Value = blob.Place } } });
            batch.BatchCommands.Add(new("delete from blob_damage where digest = $1") { Parameters = { new() { Value = blob.Digest } } });
            await using (var locked = await batch.ExecuteReaderAsync(ct))
            {
                await locked.ReadAsync(ct);
                place = locked.GetString(0);
                await locked.NextResultAsync(ct);
            }

            isDamaged = batch.BatchCommands[1].RecordsAffected > 0;
        }

        // What is there stays when the same is kept again, unless it is known to be damaged.
        if (isDamaged) await stores.At(place).DeleteAsync(blob.Digest, ct);
        if (place == blob.Place) await blob.KeepAsync(ct);
        else if (isDamaged || !await IsThereAsync(place, blob.Digest, ct))
        {
            await using (var move = Command(new("update blobs set store = $2 where digest = $1", connection), blob.Digest, blob.Place)) await move.ExecuteNonQueryAsync(ct);
            await blob.KeepAsync(ct);
        }

        // What the project has is the last lock, so that uploads of one project do not wait for each other's disk.
        var (isNew, fits) = await storage.ReferAsync(connection, project, blob.Digest, blob.Size, by, ct);
        if (!fits) return (true, false);
        await transaction.CommitAsync(ct);
        return (isNew, true);
    }

    // Another store has it, unless whoever announced it died before its bytes were there.
    private async Task<bool> IsThereAsync(string place, string digest, CancellationToken ct)
    {
        await using var there = await stores.At(place).OpenAsync(digest, ct);
        return there is not null;
    }

    /// <summary>
    /// The blob, if the project has it. Its grace begins anew: who is about to refer to it asks this first, and no collection takes it away before the
    /// reference is there.
    /// </summary>
    public async Task<BlobInfo?> FindAsync(string project, string digest, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand("update blob_references r set added_at = now() from blobs b where b.digest = r.digest and r.project = $1 and r.digest = $2 returning b.size"), project, digest);
        return await command.ExecuteScalarAsync(ct) is long size ? new BlobInfo(digest, size) : null;
    }

    /// <summary>Whether the project has the blob, and it is not known to be damaged.</summary>
    public async Task<bool> HasAsync(string project, string digest, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand(
                "select true from blob_references r where project = $1 and digest = $2 and not exists (select from blob_damage d where d.digest = r.digest)"), project, digest);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Opens a blob that the project has: seekable; null when it does not have it.</summary>
    /// <exception cref="RejectedException">The project has it, but its bytes are known to be damaged: 409 <c>blob.damaged</c>.</exception>
    /// <exception cref="InvalidOperationException">The project has it, but its bytes are gone.</exception>
    public async Task<Stream?> OpenAsync(string project, string digest, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand("select case when exists (select from blob_damage d where d.digest = b.digest) then null else b.store end from blob_references r join blobs b using (digest) where project = $1 and digest = $2"),
            project, digest);
        if (await command.ExecuteScalarAsync(ct) is not { } place) return null;
        if (place is not string known) throw new RejectedException(Damaged(digest));
        return await stores.At(known).OpenAsync(digest, ct) ?? throw new InvalidOperationException($"The bytes of blob {digest} are missing from the blob store.");
    }

    /// <summary>How many blobs the project has.</summary>
    public async Task<long> CountAsync(string project, CancellationToken ct)
    {
        await using var command = Command(_data.CreateCommand("select count(*) from blob_references where project = $1"), project);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Takes all blobs from a project. What nobody has any more goes with the next reaping.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var command = Command(
            _data.CreateCommand("with gone as (delete from project_storage where project = $1) delete from blob_references where project = $1"), project);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Deletes the blobs that no project has.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ReapAsync(CancellationToken ct)
    {
        var reaped = 0;
        var after = "";
        while (await UnreferencedAsync(after, ct) is { Count: > 0 } digests)
        {
            foreach (var digest in digests)
                if (await ReapAsync(digest, ct)) reaped++;
            after = digests[^1];
        }

        return reaped;
    }

    private async Task<List<string>> UnreferencedAsync(string after, CancellationToken ct)
    {
        await using var command = Command(_data.CreateCommand(
            """
            select digest from blobs b where digest > $1 and not exists (select from blob_references r where r.digest = b.digest)
            order by digest limit $2
            """), after, Batch);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var digests = new List<string>();
        while (await reader.ReadAsync(ct)) digests.Add(reader.GetString(0));
        return digests;
    }

    // The question is asked again under the lock, in a statement of its own: only that one sees what an upload that held the lock committed. Without the
    // row there is no lock: another reaper had it, and one that an upload makes since then is not ours to delete.
    internal async Task<bool> ReapAsync(string digest, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var locked = Command(new("select true from blobs where digest = $1 for update", connection), digest))
            if (await locked.ExecuteScalarAsync(ct) is null) return false;
        await using var delete = Command(
            new("delete from blobs b where digest = $1 and not exists (select from blob_references r where r.digest = b.digest) returning store", connection), digest);
        if (await delete.ExecuteScalarAsync(ct) is not string place) return false;
        await stores.At(place).DeleteAsync(digest, ct);
        // Who died while a blob that was damaged in one store was healed in another one has left bytes there that no row names.
        foreach (var store in await stores.AllAsync(ct))
            if (store.Place != place) await store.DeleteAsync(digest, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private static Rejection Damaged(string digest) => Rejection.Conflict(
        "blob.damaged", $"The stored bytes of blob {digest} are not what they were. Upload the same content again, to any project, to heal it.");

    private static NpgsqlCommand Command(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
