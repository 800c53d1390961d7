namespace Mesh.Functions.Queue;

/// <summary>The purpose-built tables of the queue. Leases change every few seconds and are decided upon by nobody: they are no events.</summary>
internal static class QueueSchema
{
    public const string V1 =
        """
        create table job_leases (
            project text not null,
            job_id text not null,
            attempt int not null,
            worker text not null,
            scope text not null,
            process_id int not null,
            process_started bigint not null,
            heartbeat_at timestamptz not null,
            expires_at timestamptz not null,
            primary key (project, job_id)
        );
        create index job_leases_by_worker on job_leases (worker);
        create table project_purges (
            project text primary key,
            asked_at timestamptz not null default now()
        );
        """;

    /// <summary>Channel that announces jobs which can be taken or must be ended.</summary>
    public const string Channel = "mesh_jobs";
}
