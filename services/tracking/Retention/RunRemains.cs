using Marten;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Mlflow;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Retention;

/// <summary>What is kept of a purged run, and its removal. Each step can be repeated. The snapshot goes last: it knows where the files are.</summary>
internal sealed class RunRemains(
    ITrackingStore store, ServiceDatabase<ITrackingStore> database, ExperimentDirectory experiments, [FromKeyedServices("tracking")] ServiceClient services)
{
    // The points first: their series are known by the rows of metric.
    private static readonly string[] Samples =
    [
        "delete from metric_point p using metric m where m.project = $1 and m.run = $2 and p.series = m.series",
        "delete from metric where project = $1 and run = $2",
        "delete from metric_batch where project = $1 and run = $2",
        "delete from log_chunk where project = $1 and run = $2",
        "delete from log where project = $1 and run = $2",
        "delete from trace_run where project = $1 and run = $2",
        "delete from logged_model_metric where project = $1 and run = $2",
    ];

    // Two statements: the second sees the inputs of those that held the lock when the first one came.
    private const string LockDatasets =
        """
        select 1 from dataset d where d.project = $1 and (d.experiment, d.name, d.digest) in (
            select i.experiment, i.name, i.digest from run_input i where i.project = $1 and i.run = $2)
        order by d.experiment, d.name, d.digest for update
        """;

    private const string DeleteInputs =
        """
        with gone as (delete from run_input where project = $1 and run = $2 returning experiment, name, digest)
        delete from dataset d using gone g
        where d.project = $1 and d.experiment = g.experiment and d.name = g.name and d.digest = g.digest and not exists (
            select from run_input i where i.project = $1 and i.experiment = g.experiment and i.name = g.name and i.digest = g.digest and i.run <> $2)
        """;

    /// <summary>Has the files removed that the platform keeps for a run; those that are elsewhere are their owner's.</summary>
    /// <exception cref="ServiceCallException">The artifacts service refused or could not be reached.</exception>
    public async Task RemoveFilesAsync(string project, Guid run, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Run>(run.ToString(), ct) is not { } found) return;
        var location = (await experiments.FindAsync(project, found.ExperimentId, ct))?.ArtifactLocation;
        if (MlflowIds.Folder(MlflowIds.ArtifactUri(found, location)) is not { } folder) return;
        var path = folder[..folder.LastIndexOf('/')];
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/internal/projects/{project}/files?path={Uri.EscapeDataString(path)}");
        using var answer = await services.SendAsync(request, "artifacts", project, ct);
    }

    /// <summary>Removes points, summaries, batch ids, logs, inputs, and data sets that no other run has read.</summary>
    public async Task RemoveSamplesAsync(string project, Guid run, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        foreach (var sql in Samples) await ExecuteAsync(connection, sql, project, run, ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, LockDatasets, project, run, ct);
        await ExecuteAsync(connection, DeleteInputs, project, run, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Adds the removal of the snapshot and the stream to a session's transaction.</summary>
    public static void RemoveStream(IDocumentSession session, string project, Guid run)
    {
        session.QueueSqlCommand("delete from mt_events where tenant_id = ? and stream_id = ?", project, run.ToString());
        session.QueueSqlCommand("delete from mt_streams where tenant_id = ? and id = ?", project, run.ToString());
        session.QueueSqlCommand("delete from mt_doc_run where tenant_id = ? and id = ?", project, run.ToString());
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, string project, Guid run, CancellationToken ct)
    {
        // A run may have very many points.
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = project }, new() { Value = run } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
