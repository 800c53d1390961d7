using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Purge;
using Npgsql;
using NpgsqlTypes;

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
    public async Task<StoredBatch> StoreAsync(string project, PredictionBatch batch, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await partitions.EnsureAsync(now, ct);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await MarkAsync(connection, project, batch.BatchId, now, ct)) return new StoredBatch(0, 0);

        var late = new HashSet<Prediction>(ReferenceEqualityComparer.Instance);
        foreach (var group in batch.Predictions.GroupBy(row => row.ModelVersion).OrderBy(group => group.Key))
        {
            var rows = group.ToList();
            var inTime = rows.Where(row => row.EventTime <= now + Horizon).ToList();
            var sealedThrough = await AdvanceAsync(connection, project, batch, group.Key, rows.Count, inTime, now, ct);
            var before = late.Count;
            foreach (var row in rows)
                if (row.EventTime < sealedThrough || row.EventTime > now + Horizon) late.Add(row);
            if (late.Count > before) await CountLateAsync(connection, project, batch, group.Key, late.Count - before, ct);
        }

        await CopyAsync(connection, project, batch, late, now, ct);
        await transaction.CommitAsync(ct);
        signal.Set();
        return new StoredBatch(batch.Predictions.Count, late.Count);
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
        NpgsqlConnection connection, string project, PredictionBatch batch, int version, int count, List<Prediction> inTime, DateTimeOffset now,
        CancellationToken ct)
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
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = batch.Endpoint }, new() { Value = batch.Model }, new() { Value = version },
                Moments.Parameter(inTime.Count == 0 ? null : inTime.Min(row => row.EventTime)),
                Moments.Parameter(inTime.Count == 0 ? null : inTime.Max(row => row.EventTime)),
                new() { Value = now }, new() { Value = (long)count },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.ReadMoment(0);
    }

    private static async Task CountLateAsync(NpgsqlConnection connection, string project, PredictionBatch batch, int version, int late, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "update traffic set late = late + $5 where project = $1 and endpoint = $2 and model = $3 and model_version = $4", connection)
        {
            Parameters =
            {
                new() { Value = project }, new() { Value = batch.Endpoint }, new() { Value = batch.Model }, new() { Value = version },
                new() { Value = (long)late },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string project, PredictionBatch batch, HashSet<Prediction> late, DateTimeOffset now, CancellationToken ct)
    {
        await using var writer = await connection.BeginBinaryImportAsync(
            """
            copy predictions (arrived_at, project, endpoint, model, model_version, event_time, late, latency_ms, request_id, inputs, outputs)
            from stdin (format binary)
            """, ct);
        foreach (var row in batch.Predictions)
        {
            await writer.StartRowAsync(ct);
            await writer.WriteAsync(now, NpgsqlDbType.TimestampTz, ct);
            await writer.WriteAsync(project, NpgsqlDbType.Text, ct);
            await writer.WriteAsync(batch.Endpoint, NpgsqlDbType.Text, ct);
            await writer.WriteAsync(batch.Model, NpgsqlDbType.Text, ct);
            await writer.WriteAsync(row.ModelVersion, NpgsqlDbType.Integer, ct);
            await writer.WriteAsync(row.EventTime.ToUniversalTime(), NpgsqlDbType.TimestampTz, ct);
            await writer.WriteAsync(late.Contains(row), NpgsqlDbType.Boolean, ct);
            await writer.WriteAsync(row.LatencyMs, NpgsqlDbType.Double, ct);
            if (row.RequestId is null) await writer.WriteNullAsync(ct);
            else await writer.WriteAsync(row.RequestId.Replace('\0', '\uFFFD'), NpgsqlDbType.Text, ct);
            await writer.WriteAsync(row.Inputs.GetRawText(), NpgsqlDbType.Json, ct);
            await writer.WriteAsync(row.Outputs.GetRawText(), NpgsqlDbType.Json, ct);
        }

        await writer.CompleteAsync(ct);
    }
}
