namespace Mesh.Monitoring.Purge;

/// <summary>The table of projects that were deleted and not made again: what still comes for them is turned away.</summary>
internal static class PurgeSchema
{
    public const string Script =
        """
        create table deleted_projects (
            project text primary key,
            deleted_at timestamptz not null
        );
        """;

    /// <summary>Taken shared by whoever stores rows of project $1, and alone by whoever purges it, so that no row slips in behind the purge.</summary>
    public const string SharedLock = "select pg_advisory_xact_lock_shared(hashtext('mesh.monitoring.purge'), hashtext($1))";

    /// <inheritdoc cref="SharedLock"/>
    public const string SoleLock = "select pg_advisory_xact_lock(hashtext('mesh.monitoring.purge'), hashtext($1))";
}
