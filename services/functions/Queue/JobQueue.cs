using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>
/// The queue as SQL over the stored jobs and the table of leases. It proposes; whether a worker has a job is decided by the append of
/// <c>job.started</c> alone. Times are the database's, so that clocks of machines need not agree.
/// </summary>
internal sealed class JobQueue(ServiceDatabase<IFunctionsStore> database, WorkerIdentity worker, IOptions<FunctionsOptions> options)
{
    /// <summary>Statement, with Marten's place holders, that takes the lease in the transaction of <c>job.started</c>.</summary>
    public const string TakeLease =
        """
        insert into job_leases (project, job_id, attempt, worker, scope, process_id, process_started, heartbeat_at, expires_at)
        values (?, ?, ?, ?, ?, ?, ?, now(), now() + make_interval(secs => ?))
        on conflict (project, job_id) do update set attempt = excluded.attempt, worker = excluded.worker, scope = excluded.scope,
            process_id = excluded.process_id, process_started = excluded.process_started, heartbeat_at = excluded.heartbeat_at,
            expires_at = excluded.expires_at
        """;

    /// <summary>Statement, with Marten's place holders, that gives the lease back in the transaction of the attempt's end.</summary>
    public const string DropLease = "delete from job_leases where project = ? and job_id = ? and attempt = ?";

    /// <summary>
    /// Due jobs in the order in which they should start: by priority, then turn by turn over the projects, within a project in the order of their
    /// submission, so that a project with a thousand jobs does not starve one with a single job.
    /// </summary>
    public async Task<IReadOnlyList<Candidate>> FindDueAsync(int limit, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select project, id, attempts from (
                select tenant_id as project, id, jsonb_array_length(data -> 'attempts') as attempts, priority, submitted_at,
                    row_number() over (partition by tenant_id order by priority desc, submitted_at, id) as turn
                from mt_doc_job where status = 'Queued' and due_at <= now()
            ) due
            order by priority desc, turn, submitted_at limit $1
            """);
        command.Parameters.Add(new() { Value = limit });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<Candidate>();
        while (await rows.ReadAsync(ct)) found.Add(new Candidate(rows.GetString(0), rows.GetString(1), rows.GetInt32(2)));
        return found;
    }

    /// <summary>How long until a job that waits for its back-off is due; null if none waits.</summary>
    public async Task<TimeSpan?> UntilDueAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select extract(epoch from min(due_at) - now())::double precision from mt_doc_job where status = 'Queued' and due_at > now()");
        return await command.ExecuteScalarAsync(ct) is double seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null;
    }

    /// <summary>Prolongs leases of this worker.</summary>
    public async Task<Heartbeat> BeatAsync(IReadOnlyCollection<AttemptKey> held, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            update job_leases l set heartbeat_at = now(), expires_at = now() + make_interval(secs => $5)
            from unnest($1::text[], $2::text[], $3::int[]) as mine (project, job_id, attempt)
            where l.project = mine.project and l.job_id = mine.job_id and l.attempt = mine.attempt and l.worker = $4
            returning l.project, l.job_id, l.attempt,
                (select j.status = 'Aborting' from mt_doc_job j where j.tenant_id = l.project and j.id = l.job_id)
            """);
        command.Parameters.Add(new() { Value = held.Select(k => k.Project).ToArray() });
        command.Parameters.Add(new() { Value = held.Select(k => k.JobId).ToArray() });
        command.Parameters.Add(new() { Value = held.Select(k => k.Attempt).ToArray() });
        command.Parameters.Add(new() { Value = worker.Name });
        command.Parameters.Add(new() { Value = options.Value.LeaseSeconds });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var alive = new HashSet<AttemptKey>();
        var aborting = new HashSet<AttemptKey>();
        while (await rows.ReadAsync(ct))
        {
            var key = new AttemptKey(rows.GetString(0), rows.GetString(1), rows.GetInt32(2));
            alive.Add(key);
            if (!await rows.IsDBNullAsync(3, ct) && rows.GetBoolean(3)) aborting.Add(key);
        }

        return new Heartbeat(alive, aborting);
    }

    /// <summary>The leases of all held jobs.</summary>
    public async Task<IReadOnlyList<Lease>> ReadLeasesAsync(CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select j.tenant_id, j.id, jsonb_array_length(j.data -> 'attempts'), l.scope, l.process_id, l.process_started, l.heartbeat_at,
                l.expires_at, coalesce(l.expires_at < now(), true)
            from mt_doc_job j
            left join job_leases l on l.project = j.tenant_id and l.job_id = j.id and l.attempt = jsonb_array_length(j.data -> 'attempts')
            where j.status in ('Running', 'Aborting')
            """);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var leases = new List<Lease>();
        while (await rows.ReadAsync(ct))
        {
            var key = new AttemptKey(rows.GetString(0), rows.GetString(1), rows.GetInt32(2));
            leases.Add(await rows.IsDBNullAsync(3, ct)
                ? new Lease(key, "", 0, 0, null, null, IsExpired: true)
                : new Lease(
                    key, rows.GetString(3), rows.GetInt32(4), rows.GetInt64(5), await rows.GetFieldValueAsync<DateTimeOffset>(6, ct),
                    await rows.GetFieldValueAsync<DateTimeOffset>(7, ct), rows.GetBoolean(8)));
        }

        return leases;
    }

    /// <summary>
    /// Takes a lease from its worker, unless that has beaten since the lease was read: from then on no heartbeat prolongs it. What has no row is nobody's.
    /// </summary>
    public async Task<bool> TakeAwayAsync(Lease lease, CancellationToken ct)
    {
        if (lease.ExpiresAt is not { } expires) return true;
        await using var command = database.DataSource.CreateCommand(
            "update job_leases set worker = '' where project = $1 and job_id = $2 and attempt = $3 and expires_at = $4");
        command.Parameters.Add(new() { Value = lease.Key.Project });
        command.Parameters.Add(new() { Value = lease.Key.JobId });
        command.Parameters.Add(new() { Value = lease.Key.Attempt });
        command.Parameters.Add(new() { Value = expires.ToUniversalTime() });
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Which of these jobs exist here at all, with the number of their newest attempt and whether a worker holds it.</summary>
    public async Task<Dictionary<string, (string Project, int LastAttempt, bool IsHeld)>> ReadJobsAsync(IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select id, tenant_id, jsonb_array_length(data -> 'attempts'), status in ('Running', 'Aborting') from mt_doc_job where id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, (string, int, bool)>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) found[rows.GetString(0)] = (rows.GetString(1), rows.GetInt32(2), rows.GetBoolean(3));
        return found;
    }
}
