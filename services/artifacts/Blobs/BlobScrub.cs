using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Artifacts.Blobs;

/// <summary>
/// Reads kept blobs again, at a bounded rate and the longest unread first, and remembers those that are not what they were. When each was read is in its
/// row: a scrub that was interrupted goes on where it was.
/// </summary>
internal sealed class BlobScrub(
    ServiceDatabase<IArtifactsStore> database, BlobStores stores, TimeProvider clock, IOptions<ArtifactsOptions> options, ILogger<BlobScrub> log)
{
    public const string Schema =
        """
        alter table blobs add column scrubbed_at timestamptz not null default now();
        create index blobs_by_scrub on blobs (scrubbed_at);
        create table blob_damage (
            digest   text primary key references blobs (digest) on delete cascade,
            found_at timestamptz not null default now(),
            actual   text
        );
        """;

    private const int Batch = 100;

    private readonly NpgsqlDataSource _data = database.DataSource;
    private readonly ArtifactsOptions _options = options.Value;

    /// <summary>Reads blobs that were not read for so long, in one replica at a time.</summary>
    /// <param name="age">The least time since a blob was last read.</param>
    /// <param name="most">The most blobs to read.</param>
    /// <returns>What was found; null when another replica is at it.</returns>
    public async Task<ScrubReport?> RunAsync(TimeSpan age, int most, CancellationToken ct)
    {
        await using var lead = await _data.OpenConnectionAsync(ct);
        await using var transaction = await lead.BeginTransactionAsync(ct);
        await using (var alone = new NpgsqlCommand("select pg_try_advisory_xact_lock(hashtext('mesh.artifacts'), hashtext('scrub'))", lead))
            if (await alone.ExecuteScalarAsync(ct) is not true) return null;

        var (read, bytes, damaged) = (0L, 0L, new List<string>());
        // What this run has read is younger than its beginning.
        var before = await BeginAsync(age, ct);
        while (read < most && await NextAsync(before, (int)Math.Min(Batch, most - read), ct) is { Count: > 0 } blobs)
        {
            foreach (var blob in blobs)
            {
                if (await CheckAsync(blob, ct)) damaged.Add(blob.Digest);
                read++;
                bytes += blob.Size;
            }
        }

        return new ScrubReport(read, bytes, damaged);
    }

    private async Task<DateTime> BeginAsync(TimeSpan age, CancellationToken ct)
    {
        await using var command = Command("select now() - $1", age);
        return (DateTime)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<IReadOnlyList<BlobInfo>> NextAsync(DateTime before, int limit, CancellationToken ct)
    {
        await using var command = Command("select digest, size from blobs where scrubbed_at < $1 order by scrubbed_at limit $2", before, limit);
        var blobs = new List<BlobInfo>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) blobs.Add(new(rows.GetString(0), rows.GetInt64(1)));
        return blobs;
    }

    /// <returns>Whether it is damaged.</returns>
    private async Task<bool> CheckAsync(BlobInfo blob, CancellationToken ct)
    {
        var actual = await HashAsync(blob.Digest, await stores.OfBlobAsync(blob.Digest, ct), ct);
        if (actual == blob.Digest)
        {
            await using var sound = Command("with healed as (delete from blob_damage where digest = $1) update blobs set scrubbed_at = now() where digest = $1", blob.Digest);
            await sound.ExecuteNonQueryAsync(ct);
            return false;
        }

        // Asked again under the blob's lock: what was deleted or sent anew meanwhile is not damaged.
        await using var connection = await _data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var locked = new NpgsqlCommand("update blobs set scrubbed_at = now() where digest = $1 returning store", connection) { Parameters = { new() { Value = blob.Digest } } })
        {
            if (await locked.ExecuteScalarAsync(ct) is not string place) return false;
            actual = await HashAsync(blob.Digest, stores.At(place), ct);
        }

        if (actual != blob.Digest)
        {
            await using var damaged = new NpgsqlCommand(
                "insert into blob_damage (digest, actual) values ($1, $2) on conflict (digest) do update set actual = excluded.actual", connection);
            damaged.Parameters.Add(new NpgsqlParameter { Value = blob.Digest });
            damaged.Parameters.Add(new NpgsqlParameter { Value = (object?)actual ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            await damaged.ExecuteNonQueryAsync(ct);
            MeshMetrics.BlobsDamaged.Add(1);
            log.LogError("Blob {Digest} is damaged: its bytes {Found}. Sending the same content again heals it", blob.Digest, actual is null ? "are missing or cannot be unpacked" : $"have the SHA-256 {actual}");
        }

        await transaction.CommitAsync(ct);
        return actual != blob.Digest;
    }

    private async Task<string?> HashAsync(string digest, IBlobStore store, CancellationToken ct)
    {
        try
        {
            await using var content = await store.OpenAsync(digest, ct);
            return content is null ? null : await HashAsync(content, ct);
        }
        catch (InvalidDataException)
        {
            // What was packed cannot be unpacked any more.
            return null;
        }
    }

    private async Task<string> HashAsync(Stream content, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        var begun = Stopwatch.GetTimestamp();
        var total = 0L;
        try
        {
            while (await content.ReadAsync(buffer, ct) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                total += read;
                var ahead = TimeSpan.FromSeconds((double)total / _options.ScrubBytesPerSecond) - Stopwatch.GetElapsedTime(begun);
                if (ahead > TimeSpan.FromMilliseconds(20)) await Task.Delay(ahead, clock, ct);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Damaged blobs of a project, by digest.</summary>
    public async Task<IReadOnlyList<DamagedBlob>> DamagedAsync(string project, string after, int limit, CancellationToken ct)
    {
        await using var command = Command(
            """
            select d.digest, b.size, d.found_at, d.actual from blob_damage d join blobs b using (digest) join blob_references r using (digest)
            where r.project = $1 and d.digest > $2 order by d.digest limit $3
            """, project, after, limit);
        var blobs = new List<DamagedBlob>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) blobs.Add(Read(rows));
        return blobs;
    }

    private static DamagedBlob Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.IsDBNull(3) ? null : row.GetString(3));

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = _data.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
