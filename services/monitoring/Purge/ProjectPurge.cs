using Mesh.Hosting.Store;
using Mesh.Monitoring.Predictions;
using Npgsql;

namespace Mesh.Monitoring.Purge;

/// <summary>Deletes what monitoring holds of a project, and remembers that it is gone.</summary>
internal sealed class ProjectPurge(IMonitoringStore store, ServiceDatabase<IMonitoringStore> database)
{
    /// <summary>Deletes predictions, monitors, alert rules and webhooks. Rows that come later are turned away until the project is made again.</summary>
    public async Task PurgeAsync(string project, DateTimeOffset deletedAt, CancellationToken ct)
    {
        await using (var connection = await database.DataSource.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await ExecuteAsync(connection, PurgeSchema.SoleLock, ct, new NpgsqlParameter { Value = project });
            await ExecuteAsync(
                connection,
                "insert into deleted_projects (project, deleted_at) values ($1, $2) on conflict (project) do update set deleted_at = excluded.deleted_at",
                ct,
                new NpgsqlParameter { Value = project }, Moments.Parameter(deletedAt));
            foreach (var table in (string[])["traffic", "traffic_slices", "prediction_batches", "prediction_segments", "webhook_cursor"])
                await ExecuteAsync(connection, $"delete from {table} where project = $1", ct, new NpgsqlParameter { Value = project });
            await transaction.CommitAsync(ct);
        }

        await store.Advanced.DeleteAllTenantDataAsync(project, ct);
    }

    /// <summary>When the project was deleted, unless it is there, or was never known.</summary>
    public async Task<DateTimeOffset?> DeletedAtAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select deleted_at from deleted_projects where project = $1");
        command.Parameters.Add(new() { Value = project });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? reader.ReadMoment(0) : null;
    }

    /// <summary>A project of this name is there again.</summary>
    public async Task ForgetAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("delete from deleted_projects where project = $1");
        command.Parameters.Add(new() { Value = project });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }
}
