using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Purge;
using Npgsql;

namespace Mesh.Monitoring.Predictions;

/// <summary>What became of a batch.</summary>
/// <param name="Stored">Rows stored now; 0 for a batch that came before.</param>
/// <param name="Late">How many of them belong to no window any more.</param>
internal sealed record StoredBatch(int Stored, int Late);

/// <summary>Stores captured predictions: append-only, in bulk, each batch once.</summary>
internal sealed class PredictionStore(ServiceDatabase<IMonitoringStore> database, PredictionPartitions partitions, TrafficSignal signal, TimeProvider clock)
{
    /// <summary>Rows that claim to come from later than this count for no window: one of them would close every window before it.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(366);

    /// <summary>Stores the batch in one transaction, unless it was stored before, or its project is deleted.</summary>
    public async Task<StoredBatch> StoreAsync(string project, CapturedBatch batch, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await partitions.EnsureAsync(now, ct);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await MarkAsync(connection, project, batch.Head.Batch, now, ct)) return new StoredBatch(0, 0);

        var late = 0;
        if (batch.Rows > 0)
        {
            var horizon = now + Horizon;
            var sealedThrough = await AdvanceAsync(connection, project, batch, horizon, now, ct);
            late = await PredictionSegments.WriteAsync(connection, project, batch, sealedThrough, horizon, now, ct);
            if (late > 0) await CountLateAsync(connection, project, batch, late, ct);
        }

        await transaction.CommitAsync(ct);
        signal.Raise();
        return new StoredBatch(batch.Rows, late);
    }

    private static async Task<bool> MarkAsync(NpgsqlConnection connection, string project, Guid batch, DateTimeOffset now, CancellationToken ct)
    {
        const string Sql =
            """
            insert into prediction_batches (project, batch_id, arrived_at)
            select $1, $2, $3 where not exists (select 1 from deleted_projects where project = $1)
            on conflict do nothing
            """;
        await using var commands = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(PurgeSchema.SharedLock) { Parameters = { new() { Value = project } } },
                new(Sql) { Parameters = { new() { Value = project }, new() { Value = batch }, Moments.Parameter(now) } },
            },
        };
        await commands.ExecuteNonQueryAsync(ct);
        return commands.BatchCommands[1].RecordsAffected == 1;
    }

    private static async Task<DateTimeOffset> AdvanceAsync(
        NpgsqlConnection connection, string project, CapturedBatch batch, DateTimeOffset horizon, DateTimeOffset now, CancellationToken ct)
    {
        const string Sql =
            """
            insert into traffic as t (project, endpoint, model, model_version, first_event_time, newest_event_time, last_arrival, rows)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (project, endpoint, model, model_version) do update set
                first_event_time = least(t.first_event_time, excluded.first_event_time),
                newest_event_time = greatest(t.newest_event_time, excluded.newest_event_time),
                last_arrival = greatest(t.last_arrival, excluded.last_arrival),
                rows = t.rows + excluded.rows,
                open = true
            returning sealed_through
            """;
        var times = batch.TimesUntil(horizon);
        await using var command = new NpgsqlCommand(Sql, connection);
        AddReference(command, project, batch.Head);
        command.Parameters.AddRange((NpgsqlParameter[])[Moments.Parameter(times?.First), Moments.Parameter(times?.Newest), new() { Value = now }, new() { Value = (long)batch.Rows }]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.ReadMoment(0);
    }

    private static async Task CountLateAsync(NpgsqlConnection connection, string project, CapturedBatch batch, int late, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "update traffic set late = late + $5 where project = $1 and endpoint = $2 and model = $3 and model_version = $4", connection);
        AddReference(command, project, batch.Head);
        command.Parameters.Add(new() { Value = (long)late });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static void AddReference(NpgsqlCommand command, string project, PredictionHead head) =>
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = project }, new() { Value = head.Endpoint }, new() { Value = head.Model }, new() { Value = head.ModelVersion }]);
}
