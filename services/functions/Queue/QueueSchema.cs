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

    /// <summary>
    /// The queue beside the stored jobs: a row per job that has not ended, narrow and indexed for claims. <c>due_at</c> is null while a worker holds the job.
    /// <c>job_slot</c> refuses a claim beyond what a project may run at once; the lock on the limit puts claims of one project in line.
    /// </summary>
    public const string V2 =
        """
        create table job_queue (
            project text not null,
            job_id text not null,
            priority int not null,
            submitted_at timestamptz not null,
            due_at timestamptz,
            attempts int not null,
            cpus double precision not null,
            memory_bytes bigint not null,
            gpus int not null,
            queue_seconds int,
            deadline_at timestamptz,
            primary key (project, job_id)
        );
        create index job_queue_waiting on job_queue (project, priority desc, submitted_at, job_id) include (due_at, cpus, memory_bytes, gpus) where due_at is not null;
        create index job_queue_due on job_queue (due_at) where due_at is not null;
        create index job_queue_held on job_queue (project) where due_at is null;
        create index job_queue_limited on job_queue (project) where due_at is not null and (queue_seconds is not null or deadline_at is not null);
        create table job_limits (
            project text primary key,
            max_running int not null
        );
        create table job_workers (
            worker text primary key,
            cpus double precision not null,
            memory_bytes bigint not null,
            gpus int not null,
            seen_at timestamptz not null
        );
        create procedure job_slot(of_project text) language plpgsql as $$
        declare
            most int;
        begin
            select max_running into most from job_limits where project = of_project for update;
            if most is not null and (select count(*) from job_queue where project = of_project and due_at is null) > most then
                raise exception 'project % runs as many jobs as it may', of_project using errcode = 'MJ001';
            end if;
        end $$;
        do $$
        begin
            if to_regclass('mt_doc_job') is not null then
                insert into job_queue (project, job_id, priority, submitted_at, due_at, attempts, cpus, memory_bytes, gpus)
                select tenant_id, id, coalesce(priority, 0), submitted_at, due_at, jsonb_array_length(data -> 'attempts'), 0, 0, 0
                from mt_doc_job where status in ('Queued', 'Running', 'Aborting');
            end if;
        end $$;
        """;

    /// <summary>Where a job runs, and where a worker runs jobs: each claims for its own profiles.</summary>
    public const string V3 =
        """
        alter table job_queue add column profile text not null default 'process';
        drop index job_queue_waiting;
        create index job_queue_waiting on job_queue (profile, project, priority desc, submitted_at, job_id) include (due_at, cpus, memory_bytes, gpus) where due_at is not null;
        alter table job_workers add column profiles text[] not null default '{process}';
        """;

    /// <summary>For which jobs workers keep room free.</summary>
    public const string V4 =
        """
        create table job_rooms (
            project text not null,
            job_id text not null,
            worker text not null,
            expires_at timestamptz not null,
            primary key (project, job_id)
        );
        create index job_queue_asking on job_queue (due_at) where due_at is not null and (cpus > 0 or memory_bytes > 0 or gpus > 0);
        """;

    /// <summary>What whoever goes on with an attempt on a cluster must know: what it was told, sealed, and how far its output has come into its run.</summary>
    public const string V5 =
        """
        alter table job_leases add column sealed bytea, add column shipped jsonb;
        """;

    /// <summary>What <c>job_slot</c> raises.</summary>
    public const string NoSlot = "MJ001";

    /// <summary>Channel that announces jobs which can be taken or must be ended.</summary>
    public const string Channel = "mesh_jobs";
}
