namespace Mesh.Tracking.Experiments.Live;

/// <summary>
/// <c>run_change</c>: which transaction changed a run last, by an event or by points. A row outlives its run for a while, so that those who come back to the
/// table hear that it is gone.
/// </summary>
internal static class RunChangeSchema
{
    /// <summary>Without a row for runs that have not changed since: nobody holds a position from before.</summary>
    public const string V1 =
        """
        create table run_change (
            project    text collate "C" not null,
            run        uuid not null,
            experiment bigint not null,
            changed    xid8 not null,
            purged_at  timestamptz,
            primary key (project, run)
        ) with (fillfactor = 70);
        create index run_change_by_experiment on run_change (project, experiment, changed, run);
        create index run_change_purged on run_change (purged_at) where purged_at is not null;
        """;
}
