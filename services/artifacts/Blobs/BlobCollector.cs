using Mesh.Artifacts.Storage;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Takes from a project the blobs that nothing refers to any more. Whoever is about to refer to a blob confirms it first, which begins its grace anew: a
/// collection that comes in between finds it young, because a row that changed is looked at again before it is deleted, and one that came earlier has left
/// no blob to confirm. So a reference has to be made within the grace of its confirmation, and no lock is held meanwhile.
/// </summary>
internal sealed class BlobCollector(
    ServiceDatabase<IArtifactsStore> database, BlobLedger ledger, IEnumerable<BlobRoots> roots, IOptions<ArtifactsOptions> options, ILogger<BlobCollector> log)
{
    private const int Batch = 500;
    private const int MostDigests = 1000;

    private readonly NpgsqlDataSource _data = database.DataSource;
    private readonly TimeSpan _grace = options.Value.BlobGrace;

    private readonly string _isGarbage = string.Join(
        ' ', roots.Select(root => $"and not exists (select from ({root.Sql}) root where root.project = r.project and root.digest = r.digest)").Prepend("r.added_at < now() - $2"));

    /// <summary>Collects the garbage of a project, or only counts it.</summary>
    public async Task<BlobCollection> CollectAsync(string project, bool dryRun, CancellationToken ct)
    {
        var (blobs, bytes, after) = (0L, 0L, "");
        var digests = new List<string>();
        while (true)
        {
            var garbage = await FindAsync(project, after, ct);
            var taken = dryRun ? garbage : await TakeAsync(project, [.. garbage.Select(blob => blob.Digest)], ct);
            blobs += taken.Count;
            bytes += taken.Sum(blob => blob.Size);
            digests.AddRange(taken.Take(MostDigests - digests.Count).Select(blob => blob.Digest));
            if (garbage.Count < Batch) break;
            after = garbage[^1].Digest;
        }

        if (!dryRun && blobs > 0) log.LogInformation("Collected {Blobs} blobs of {Bytes} bytes that nothing in {Project} refers to", blobs, bytes, project);
        return new(dryRun, blobs, bytes, digests, (long)_grace.TotalSeconds);
    }

    /// <summary>Collects the garbage of every project, in one replica at a time.</summary>
    public async Task CollectAllAsync(CancellationToken ct)
    {
        await using var lead = await _data.OpenConnectionAsync(ct);
        await using var transaction = await lead.BeginTransactionAsync(ct);
        await using (var alone = new NpgsqlCommand("select pg_try_advisory_xact_lock(hashtext('mesh.artifacts'), hashtext('collect'))", lead))
            if (await alone.ExecuteScalarAsync(ct) is not true) return;
        var project = "";
        while (await NextAsync(project, ct) is { } next)
        {
            await CollectAsync(next, dryRun: false, ct);
            project = next;
        }
    }

    private async Task<string?> NextAsync(string after, CancellationToken ct)
    {
        await using var command = _data.CreateCommand("select min(project) from blob_references where project > $1");
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private async Task<IReadOnlyList<BlobInfo>> FindAsync(string project, string after, CancellationToken ct)
    {
        await using var command = _data.CreateCommand(
            $"select r.digest, b.size from blob_references r join blobs b using (digest) where r.project = $1 and r.digest > $3 and {_isGarbage} order by r.digest limit {Batch}");
        return await ReadAsync(command, project, after, ct);
    }

    private async Task<IReadOnlyList<BlobInfo>> TakeAsync(string project, string[] digests, CancellationToken ct)
    {
        if (digests.Length == 0) return [];
        IReadOnlyList<BlobInfo> taken;
        await using (var connection = await _data.OpenConnectionAsync(ct))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await using (var command = new NpgsqlCommand(
                $"delete from blob_references r using blobs b where b.digest = r.digest and r.project = $1 and r.digest = any($3) and {_isGarbage} returning r.digest, b.size", connection))
                taken = await ReadAsync(command, project, digests, ct);
            await ProjectStorage.SubtractAsync(connection, project, taken.Sum(blob => blob.Size), ct);
            await transaction.CommitAsync(ct);
        }

        foreach (var blob in taken) await ledger.ReapAsync(blob.Digest, ct);
        return taken;
    }

    private async Task<IReadOnlyList<BlobInfo>> ReadAsync(NpgsqlCommand command, string project, object third, CancellationToken ct)
    {
        foreach (var value in (object[])[project, _grace, third]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        var blobs = new List<BlobInfo>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) blobs.Add(new(rows.GetString(0), rows.GetInt64(1)));
        return blobs;
    }
}
