using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Projects;

/// <summary>What this service holds of a project, as a whole.</summary>
internal sealed class ProjectData(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    /// <summary>Counts what is in sight.</summary>
    public async Task<ProjectUsage> UsageAsync(string project, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            "select (select count(*) from mt_doc_run where tenant_id = $1 and not deleted), (select count(*) from trace where project = $1)", connection)
        {
            Parameters = { new() { Value = project } },
        };
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new ProjectUsage(new Dictionary<string, long> { ["runs"] = row.GetInt64(0), ["traces"] = row.GetInt64(1) });
    }

    /// <summary>Removes everything: runs first, so that no more samples are taken for them. Safe to repeat.</summary>
    public async Task PurgeAsync(string project, CancellationToken ct)
    {
        await store.Advanced.DeleteAllTenantDataAsync(project, ct);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        foreach (var sql in (string[])
            [
                "delete from metric_point p using metric m where m.project = $1 and p.series = m.series",
                "delete from metric_bucket b using metric m where m.project = $1 and b.series = m.series", "delete from metric where project = $1",
                "delete from metric_batch where project = $1", "delete from experiment_number where project = $1",
                "delete from run_input where project = $1", "delete from dataset where project = $1", "delete from log_chunk where project = $1", "delete from log where project = $1",
                "delete from trace_run where project = $1", "delete from trace_span where project = $1", "delete from trace_assessment where project = $1", "delete from trace where project = $1",
                "delete from run_change where project = $1", "delete from logged_model_metric where project = $1",
            ])
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = project } }, CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
