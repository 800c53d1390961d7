using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>
/// Notes in each transaction that changes runs which they are. There is no NOTIFY beside it: its lock would put all commits behind each other. All take
/// the rows in the order of the ids, so that they never deadlock.
/// </summary>
internal sealed class RunChangeMark : IProjection
{
    private const string Created =
        """
        insert into run_change (project, run, experiment, changed) values (?, ?::uuid, ?, pg_current_xact_id())
        on conflict (project, run) do update set changed = excluded.changed
        """;

    private const string Changed =
        """
        insert into run_change (project, run, experiment, changed)
        select tenant_id, id::uuid, experiment_id, pg_current_xact_id() from mt_doc_run where tenant_id = ? and id = ?
        on conflict (project, run) do update set changed = excluded.changed
        """;

    private const string Purged = "update run_change set purged_at = ? where project = ? and run = ?::uuid";

    private const string Logged =
        """
        insert into run_change (project, run, experiment, changed)
        select logged.project, logged.run, r.experiment_id, pg_current_xact_id()
        from unnest($1::text[], $2::uuid[]) as logged (project, run)
        join mt_doc_run r on r.tenant_id = logged.project and r.id = logged.run::text
        order by logged.project, logged.run
        on conflict (project, run) do update set changed = excluded.changed
        """;

    /// <summary>Runs whose points a transaction writes. Goes before their metrics are locked: an append to a run that takes points along does so in this order too.</summary>
    public static NpgsqlBatchCommand Of(IReadOnlyCollection<(string Project, Guid Run)> runs) => new(Logged)
    {
        Parameters = { new() { Value = runs.Select(run => run.Project).ToArray() }, new() { Value = runs.Select(run => run.Run).ToArray() } },
    };

    /// <summary>Runs with events in a session.</summary>
    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        foreach (var run in events.Where(e => e.Data is RunEvent).GroupBy(e => (Project: e.TenantId, Run: e.StreamKey!)).OrderBy(run => run.Key.Run, StringComparer.Ordinal))
        {
            // A new run's snapshot may be behind this in the transaction.
            if (run.Select(e => e.Data).OfType<RunEvent.Created>().FirstOrDefault() is { } created)
                operations.QueueSqlCommand(Created, run.Key.Project, run.Key.Run, created.ExperimentId);
            else
                operations.QueueSqlCommand(Changed, run.Key.Project, run.Key.Run);
            if (run.Select(e => e.Data).OfType<RunEvent.Purged>().FirstOrDefault() is { } purged)
                operations.QueueSqlCommand(Purged, purged.At.ToUniversalTime(), run.Key.Project, run.Key.Run);
        }

        return Task.CompletedTask;
    }
}
