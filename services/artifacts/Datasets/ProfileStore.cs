using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Datasets;

/// <summary>What was found out about the bytes of a data set: how they are read and what is in them, or why they cannot be read.</summary>
internal sealed record Known(Reading? Reading, DatasetProfile? Profile, DatasetFault? Fault);

/// <summary>Keeps profiles by what they were made from: the digest and the form of a file. Versions with the same bytes share one.</summary>
internal sealed class ProfileStore(ServiceDatabase<IArtifactsStore> database)
{
    public const string Schema =
        """
        create table dataset_profile (
            digest      text not null references blobs (digest) on delete cascade,
            format      text not null,
            made_by     int not null,
            row_count   bigint,
            columns     int,
            known       jsonb not null,
            computed_at timestamptz not null default now(),
            primary key (digest, format)
        );
        """;

    // Rises when profiles come to hold more: older ones are made anew.
    private const int Revision = 1;

    // What went wrong may go better another time, unless the file itself is at fault.
    private const string IsCurrent = "made_by >= $1 and (known->'fault'->>'code' is null or known->'fault'->>'code' = 'dataset.unreadable' or computed_at > now() - interval '10 minutes')";

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>What is known of a file, or null.</summary>
    public async Task<Known?> FindAsync(string digest, DatasetFormat format, CancellationToken ct)
    {
        await using var command = _data.CreateCommand($"select known from dataset_profile where {IsCurrent} and digest = $2 and format = $3");
        Add(command, Revision, digest, format.ToString());
        return await command.ExecuteScalarAsync(ct) is string json ? JsonSerializer.Deserialize<Known>(json, MeshJson.Tolerant) : null;
    }

    /// <summary>Rows, columns and readability of several files.</summary>
    public async Task<IReadOnlyDictionary<(string Digest, DatasetFormat Format), (long? Rows, int? Columns)>> SummariesAsync(IReadOnlyCollection<string> digests, CancellationToken ct)
    {
        await using var command = _data.CreateCommand($"select digest, format, row_count, columns from dataset_profile where {IsCurrent} and digest = any($2)");
        Add(command, Revision, digests.ToArray());
        var found = new Dictionary<(string, DatasetFormat), (long?, int?)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (!Enum.TryParse<DatasetFormat>(rows.GetString(1), out var format)) continue;
            found[(rows.GetString(0), format)] = (rows.GetValue(2) as long?, rows.GetValue(3) as int?);
        }

        return found;
    }

    /// <summary>Makes what is not known and keeps it: at most once at a time, however many services ask.</summary>
    public async Task<Known> MakeAsync(string digest, DatasetFormat format, Func<Task<Known>> make, CancellationToken ct)
    {
        await using var connection = await _data.OpenConnectionAsync(ct);
        // Closing the connection ends the lock too, but goes back to a pool.
        await using (var take = Add(new("select pg_advisory_lock(hashtextextended($1, 0))", connection), $"dataset/{digest}/{format}")) await take.ExecuteNonQueryAsync(ct);
        try
        {
            if (await FindAsync(digest, format, ct) is { } meanwhile) return meanwhile;
            var known = await make();
            await KeepAsync(connection, digest, format, known, ct);
            return known;
        }
        finally
        {
            await using var free = Add(new("select pg_advisory_unlock(hashtextextended($1, 0))", connection), $"dataset/{digest}/{format}");
            await free.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static async Task KeepAsync(NpgsqlConnection connection, string digest, DatasetFormat format, Known known, CancellationToken ct)
    {
        // A blob that was deleted meanwhile has no row to refer to, and needs no profile.
        await using var command = Add(
            new(
                """
                insert into dataset_profile (digest, format, made_by, row_count, columns, known)
                select digest, $2, $3, $4, $5, $6::jsonb from blobs where digest = $1 for key share
                on conflict (digest, format) do update set made_by = excluded.made_by, row_count = excluded.row_count, columns = excluded.columns, known = excluded.known, computed_at = now()
                """, connection),
            digest, format.ToString(), Revision);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)known.Profile?.Rows ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)known.Profile?.Columns.Count ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = JsonSerializer.Serialize(known, MeshJson.Tolerant), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Add(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
