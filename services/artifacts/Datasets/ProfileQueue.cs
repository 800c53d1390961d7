using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Datasets;

/// <summary>A version of a data set whose profile is to be made.</summary>
/// <param name="Tries">How often that was begun, this time among them.</param>
internal sealed record QueuedProfile(long Id, string Project, string Key, int Version, int Tries);

/// <summary>
/// The versions whose profiles are to be made, in the database: as many as there are, a restart goes on with them, and several replicas take a different one each.
/// </summary>
internal sealed class ProfileQueue(ServiceDatabase<IArtifactsStore> database, TimeProvider clock)
{
    public const string Schema =
        """
        create table dataset_profile_queue (
            id      bigint generated always as identity primary key,
            project text not null,
            key     text not null,
            version int not null,
            tries   int not null default 0,
            due_at  timestamptz not null,
            unique (project, key, version)
        );
        create index dataset_profile_queue_by_time on dataset_profile_queue (due_at, id);
        """;

    // More than there are replicas that each work on one: whoever looks finds one that nobody has.
    private const int Looked = 50;

    // One class of locks: the other number is the place in the queue. ("dspr" in ASCII.)
    private const int Lock = 0x64737072;

    private readonly NpgsqlDataSource _data = database.DataSource;

    /// <summary>Puts a version in; one that is there stays as it is.</summary>
    public async Task AddAsync(string project, string key, int version, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand("insert into dataset_profile_queue (project, key, version, due_at) values ($1, $2, $3, $4) on conflict do nothing"), project, key, version, clock.GetUtcNow());
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Takes the version that waits longest, and counts the try; null when none is due that nobody else has.</summary>
    /// <returns>The version with its place, which is free again when it is disposed of, or when this process or its connection dies.</returns>
    public async Task<TakenProfile?> TakeAsync(CancellationToken ct)
    {
        var connection = await _data.OpenConnectionAsync(ct);
        try
        {
            foreach (var id in await DueAsync(connection, ct))
            {
                if (!await TryLockAsync(connection, id, ct)) continue;
                // Only now: another replica may have finished it, or put it off, since it was seen.
                await using var count = With(
                    new NpgsqlCommand("update dataset_profile_queue set tries = tries + 1 where id = $1 and due_at <= $2 returning project, key, version, tries", connection), id, clock.GetUtcNow());
                await using (var row = await count.ExecuteReaderAsync(ct))
                {
                    if (await row.ReadAsync(ct))
                        return new TakenProfile(new(id, row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3)), connection, Lock);
                }

                await UnlockAsync(connection, Lock, id);
            }
        }
        catch
        {
            await LetGoAsync(connection);
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Takes a version out: its profile is made, or never will be.</summary>
    public async Task RemoveAsync(QueuedProfile queued, CancellationToken ct)
    {
        await using var command = With(_data.CreateCommand("delete from dataset_profile_queue where id = $1"), queued.Id);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Puts a version off.</summary>
    /// <param name="counts">Whether the try that ends counts.</param>
    public async Task PutOffAsync(QueuedProfile queued, TimeSpan pause, bool counts, CancellationToken ct)
    {
        await using var command = With(
            _data.CreateCommand("update dataset_profile_queue set due_at = $2, tries = $3 where id = $1"), queued.Id, clock.GetUtcNow() + pause, counts ? queued.Tries : queued.Tries - 1);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Which of some versions of a project wait or are being worked on.</summary>
    public async Task<IReadOnlySet<(string Key, int Version)>> WaitingAsync(string project, IReadOnlyCollection<(string Key, int Version)> versions, CancellationToken ct)
    {
        var waiting = new HashSet<(string, int)>();
        if (versions.Count == 0) return waiting;
        await using var command = With(
            _data.CreateCommand("select q.key, q.version from dataset_profile_queue q join unnest($2::text[], $3::int[]) as asked (key, version) using (key, version) where q.project = $1"),
            project, versions.Select(version => version.Key).ToArray(), versions.Select(version => version.Version).ToArray());
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) waiting.Add((rows.GetString(0), rows.GetInt32(1)));
        return waiting;
    }

    /// <summary>Forgets the versions of a project.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var command = With(_data.CreateCommand("delete from dataset_profile_queue where project = $1"), project);
        await command.ExecuteNonQueryAsync(ct);
    }

    // What was cancelled in the middle may have a lock, which must not go back into the pool.
    private static async Task LetGoAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var free = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
            await free.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The server let go of it when the connection broke.
        }

        await connection.DisposeAsync();
    }

    internal static async Task UnlockAsync(NpgsqlConnection connection, int group, long id)
    {
        await using var free = With(new NpgsqlCommand("select pg_advisory_unlock($1, hashint8($2))", connection), group, id);
        await free.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task<List<long>> DueAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = With(new NpgsqlCommand("select id from dataset_profile_queue where due_at <= $1 order by due_at, id limit $2", connection), clock.GetUtcNow(), Looked);
        var due = new List<long>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) due.Add(rows.GetInt64(0));
        return due;
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, long id, CancellationToken ct)
    {
        await using var take = With(new NpgsqlCommand("select pg_try_advisory_lock($1, hashint8($2))", connection), Lock, id);
        return await take.ExecuteScalarAsync(ct) is true;
    }

    private static NpgsqlCommand With(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}

/// <summary>A version that nobody else works on while this is held.</summary>
internal sealed class TakenProfile(QueuedProfile queued, NpgsqlConnection connection, int group) : IAsyncDisposable
{
    public QueuedProfile Queued { get; } = queued;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await ProfileQueue.UnlockAsync(connection, group, Queued.Id);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The server let go of it when the connection broke.
        }

        await connection.DisposeAsync();
    }
}
