using System.Text.Json;
using Mesh.Functions.Execution;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

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
            expires_at = excluded.expires_at, sealed = null, shipped = null
        """;

    /// <summary>Statement, with Marten's place holders, that gives the lease back in the transaction of the attempt's end.</summary>
    public const string DropLease = "delete from job_leases where project = ? and job_id = ? and attempt = ?";

    /// <summary>Statement, with Marten's place holders, that puts a job into the queue.</summary>
    public const string Enter =
        """
        insert into job_queue (project, job_id, profile, priority, submitted_at, due_at, attempts, cpus, memory_bytes, gpus, queue_seconds, deadline_at)
        values (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, nullif(?, 0), nullif(?, timestamptz 'epoch'))
        """;

    /// <summary>Statement, with Marten's place holders, that takes a job out of its turn: a worker holds it.</summary>
    public const string Hold = "update job_queue set due_at = null, attempts = ? where project = ? and job_id = ?";

    /// <summary>Statement, with Marten's place holders, that fails when its project may not hold one more.</summary>
    public const string TakeSlot = "call job_slot(?)";

    /// <summary>Statement, with Marten's place holders, that puts a job back in its turn.</summary>
    public const string Return = "update job_queue set due_at = ? where project = ? and job_id = ?";

    /// <summary>Statement, with Marten's place holders, that takes a job out for good.</summary>
    public const string Leave = "delete from job_queue where project = ? and job_id = ?";

    /// <summary>Statement, with Marten's place holders, that sets how many jobs of a project run at once.</summary>
    public const string SetLimit = "insert into job_limits (project, max_running) values (?, ?) on conflict (project) do update set max_running = excluded.max_running";

    /// <summary>Statement, with Marten's place holders, that takes that limit away.</summary>
    public const string DropLimit = "delete from job_limits where project = ?";

    // Projects are found by hops over the index and each gives its first few, so that what a claim reads does not grow with what waits.
    internal const string Due =
        """
        with recursive projects as (
            (select project from job_queue where due_at is not null and profile = $5 order by project limit 1)
            union all
            select (select q.project from job_queue q where q.due_at is not null and q.profile = $5 and q.project > p.project order by q.project limit 1)
            from projects p where p.project is not null
        ), load as (
            select p.project, l.max_running, (select count(*) from job_queue h where h.project = p.project and h.due_at is null) as held
            from projects p left join job_limits l on l.project = p.project where p.project is not null
        )
        select project, job_id, attempts, cpus, memory_bytes, gpus from (
            select q.*, l.held + row_number() over (partition by l.project order by q.priority desc, q.submitted_at, q.job_id) as turn
            from load l cross join lateral (
                select w.* from job_queue w
                where w.profile = $5 and w.project = l.project and w.due_at is not null and w.due_at <= now() and (w.deadline_at is null or w.deadline_at > now())
                    and w.cpus <= $2 and w.memory_bytes <= $3 and w.gpus <= $4
                order by w.priority desc, w.submitted_at, w.job_id
                limit least($1, greatest(coalesce(l.max_running - l.held, $1), 0))
            ) q
        ) due
        order by priority desc, turn, submitted_at, job_id limit $1
        """;

    /// <summary>
    /// Due jobs of a profile that fit, in the order in which they should start: by priority, then those of the project that runs the fewest, within a project in the
    /// order of their submission, so that a project with a thousand jobs does not starve one with a single job.
    /// </summary>
    public async Task<IReadOnlyList<Candidate>> FindDueAsync(string profile, int limit, Room free, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(Due, connection);
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = free.Cpus + 1e-9 });
        command.Parameters.Add(new() { Value = free.MemoryBytes });
        command.Parameters.Add(new() { Value = free.Gpus });
        command.Parameters.Add(new() { Value = profile });
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<Candidate>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new Candidate(
                rows.GetString(0), rows.GetString(1), rows.GetInt32(2), new Room(rows.GetDouble(3), rows.GetInt64(4), rows.GetInt32(5))));
        }

        return found;
    }

    /// <summary>How long until a job that waits for its back-off is due; null if none waits.</summary>
    public async Task<TimeSpan?> UntilDueAsync(CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            "select extract(epoch from min(due_at) - now())::double precision from job_queue where due_at > now()", connection);
        await command.PrepareAsync(ct);
        return await command.ExecuteScalarAsync(ct) is double seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null;
    }

    /// <summary>Some of the jobs that have waited for longer than they may.</summary>
    public async Task<IReadOnlyList<(string Project, string JobId)>> FindExpiredAsync(int limit, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select project, job_id from job_queue
            where due_at is not null and (queue_seconds is not null or deadline_at is not null)
                and (deadline_at <= now() or due_at + make_interval(secs => queue_seconds) <= now())
            limit $1
            """);
        command.Parameters.Add(new() { Value = limit });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<(string, string)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    /// <summary>How many jobs of a project are held, and how many wait.</summary>
    public async Task<(long Running, long Queued)> CountAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select count(*) filter (where due_at is null), count(*) filter (where due_at is not null) from job_queue where project = $1");
        command.Parameters.Add(new() { Value = project });
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        return (rows.GetInt64(0), rows.GetInt64(1));
    }

    /// <summary>Says that this worker is alive, and what it has; forgets those that were silent for a day.</summary>
    public async Task ShowWorkerAsync(Room has, IEnumerable<string> profiles, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            with gone as (delete from job_workers where seen_at < now() - interval '1 day')
            insert into job_workers (worker, cpus, memory_bytes, gpus, profiles, seen_at) values ($1, $2, $3, $4, $5, now())
            on conflict (worker) do update set cpus = excluded.cpus, memory_bytes = excluded.memory_bytes, gpus = excluded.gpus, profiles = excluded.profiles, seen_at = now()
            """, connection);
        command.Parameters.Add(new() { Value = worker.Name });
        command.Parameters.Add(new() { Value = has.Cpus });
        command.Parameters.Add(new() { Value = has.MemoryBytes });
        command.Parameters.Add(new() { Value = has.Gpus });
        command.Parameters.Add(new() { Value = profiles.ToArray() });
        await command.PrepareAsync(ct);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The workers of a profile that were heard of within the time of a few leases: the largest of each kind of room, and whether one holds all of a need.</summary>
    public async Task<(long Alive, bool OneHolds, Room Most)> MeasureAsync(string profile, Room needs, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select count(*), coalesce(bool_or(cpus >= $2 and memory_bytes >= $3 and gpus >= $4), false), coalesce(max(cpus), 0), coalesce(max(memory_bytes), 0),
                coalesce(max(gpus), 0)
            from job_workers where seen_at > now() - make_interval(secs => $1) and $5 = any(profiles)
            """);
        command.Parameters.Add(new() { Value = 3 * options.Value.LeaseSeconds });
        command.Parameters.Add(new() { Value = needs.Cpus });
        command.Parameters.Add(new() { Value = needs.MemoryBytes });
        command.Parameters.Add(new() { Value = needs.Gpus });
        command.Parameters.Add(new() { Value = profile });
        await using var rows = await command.ExecuteReaderAsync(ct);
        await rows.ReadAsync(ct);
        return (rows.GetInt64(0), rows.GetBoolean(1), new Room(rows.GetDouble(2), rows.GetInt64(3), rows.GetInt32(4)));
    }

    /// <summary>Prolongs leases of this worker.</summary>
    public async Task<Heartbeat> BeatAsync(IReadOnlyCollection<AttemptKey> held, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            with mine as materialized (
                select h.project, h.job_id, h.attempt from job_leases h
                join unnest($1::text[], $2::text[], $3::int[]) as asked (project, job_id, attempt) on h.project = asked.project and h.job_id = asked.job_id and h.attempt = asked.attempt
                where h.worker = $4
                order by h.job_id collate "C" for update of h
            )
            update job_leases l set heartbeat_at = now(), expires_at = now() + make_interval(secs => $5)
            from mine where l.project = mine.project and l.job_id = mine.job_id and l.attempt = mine.attempt and l.worker = $4
            returning l.project, l.job_id, l.attempt,
                (select j.status = 'Aborting' from mt_doc_job j where j.tenant_id = l.project and j.id = l.job_id)
            """, connection);
        command.Parameters.Add(new() { Value = held.Select(k => k.Project).ToArray() });
        command.Parameters.Add(new() { Value = held.Select(k => k.JobId).ToArray() });
        command.Parameters.Add(new() { Value = held.Select(k => k.Attempt).ToArray() });
        command.Parameters.Add(new() { Value = worker.Name });
        command.Parameters.Add(new() { Value = options.Value.LeaseSeconds });
        await command.PrepareAsync(ct);
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
                l.expires_at, coalesce(l.expires_at < now(), true), j.data -> 'work' ->> 'profile', l.worker,
                coalesce(l.expires_at < now() - make_interval(secs => $1), true)
            from mt_doc_job j
            left join job_leases l on l.project = j.tenant_id and l.job_id = j.id and l.attempt = jsonb_array_length(j.data -> 'attempts')
            where j.status in ('Running', 'Aborting')
            """);
        command.Parameters.Add(new() { Value = options.Value.LeaseSeconds });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var leases = new List<Lease>();
        while (await rows.ReadAsync(ct))
        {
            var key = new AttemptKey(rows.GetString(0), rows.GetString(1), rows.GetInt32(2));
            var profile = await rows.IsDBNullAsync(9, ct) ? null : rows.GetString(9);
            leases.Add(await rows.IsDBNullAsync(3, ct)
                ? new Lease(key, "", "", 0, 0, null, null, IsExpired: true, profile) { IsForsaken = true }
                : new Lease(
                    key, rows.GetString(10), rows.GetString(3), rows.GetInt32(4), rows.GetInt64(5), await rows.GetFieldValueAsync<DateTimeOffset>(6, ct),
                    await rows.GetFieldValueAsync<DateTimeOffset>(7, ct), rows.GetBoolean(8), profile)
                { IsForsaken = rows.GetBoolean(11) });
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

    /// <summary>
    /// Takes over the lease of a dead worker, unless somebody else has taken it, or taken it away, since it was read: one of those who try has it.
    /// </summary>
    public async Task<bool> TakeOverAsync(Lease lease, CancellationToken ct)
    {
        if (lease.ExpiresAt is not { } expires) return false;
        await using var command = database.DataSource.CreateCommand(
            """
            update job_leases set worker = $6, scope = $7, process_id = $8, process_started = $9, heartbeat_at = now(), expires_at = now() + make_interval(secs => $10)
            where project = $1 and job_id = $2 and attempt = $3 and worker = $4 and expires_at = $5
            """);
        foreach (var value in (object[])
        [
            lease.Key.Project, lease.Key.JobId, lease.Key.Attempt, lease.Worker, expires.ToUniversalTime(), worker.Name, worker.Scope, worker.ProcessId, worker.ProcessStarted,
            options.Value.LeaseSeconds,
        ]) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Lets leases of this worker last for a while without heartbeats.</summary>
    /// <param name="left">The attempts, and whether they run on this machine: what runs on a cluster is anybody's to go on with, at once.</param>
    public async Task LeaveAsync(IReadOnlyCollection<(AttemptKey Key, bool IsHere)> left, TimeSpan time, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            update job_leases l set heartbeat_at = now(), expires_at = now() + make_interval(secs => $5), scope = case when mine.here then l.scope else '' end
            from unnest($1::text[], $2::text[], $3::int[], $6::bool[]) as mine (project, job_id, attempt, here)
            where l.project = mine.project and l.job_id = mine.job_id and l.attempt = mine.attempt and l.worker = $4
            """);
        command.Parameters.Add(new() { Value = left.Select(one => one.Key.Project).ToArray() });
        command.Parameters.Add(new() { Value = left.Select(one => one.Key.JobId).ToArray() });
        command.Parameters.Add(new() { Value = left.Select(one => one.Key.Attempt).ToArray() });
        command.Parameters.Add(new() { Value = worker.Name });
        command.Parameters.Add(new() { Value = time.TotalSeconds });
        command.Parameters.Add(new() { Value = left.Select(one => one.IsHere).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Keeps with the lease what an attempt was told, sealed, for whoever goes on with it.</summary>
    public Task<bool> KeepAsync(AttemptKey key, byte[] told, CancellationToken ct) => UpdateMineAsync("sealed = $5", key, new() { Value = told }, ct);

    /// <summary>Notes with the lease how far an attempt's output has come into its run.</summary>
    /// <returns>Whether the lease is this worker's.</returns>
    public Task<bool> NoteAsync(AttemptKey key, ShippedOutput shipped, CancellationToken ct) =>
        UpdateMineAsync("shipped = $5", key, new() { Value = JsonSerializer.Serialize(shipped), NpgsqlDbType = NpgsqlDbType.Jsonb }, ct);

    /// <summary>What was kept with the lease of an attempt, and by whom; null when there is no such lease.</summary>
    public async Task<KeptLease?> FindKeptAsync(AttemptKey key, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select worker, sealed, shipped from job_leases where project = $1 and job_id = $2 and attempt = $3");
        foreach (var value in (object[])[key.Project, key.JobId, key.Attempt]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct)) return null;
        return new KeptLease(
            rows.GetString(0), await rows.IsDBNullAsync(1, ct) ? null : await rows.GetFieldValueAsync<byte[]>(1, ct),
            await rows.IsDBNullAsync(2, ct) ? null : JsonSerializer.Deserialize<ShippedOutput>(rows.GetString(2)));
    }

    private async Task<bool> UpdateMineAsync(string change, AttemptKey key, NpgsqlParameter value, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand($"update job_leases set {change} where project = $1 and job_id = $2 and attempt = $3 and worker = $4");
        foreach (var part in (object[])[key.Project, key.JobId, key.Attempt, worker.Name]) command.Parameters.Add(new() { Value = part });
        command.Parameters.Add(value);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Which of these jobs exist here at all, with the number of their newest attempt, whether a worker holds it, and which had it last.</summary>
    public async Task<Dictionary<string, (string Project, int LastAttempt, bool IsHeld, string? Worker)>> ReadJobsAsync(IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select id, tenant_id, jsonb_array_length(data -> 'attempts'), status in ('Running', 'Aborting'), data -> 'attempts' -> -1 ->> 'worker' from mt_doc_job where id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, (string, int, bool, string?)>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct)) found[rows.GetString(0)] = (rows.GetString(1), rows.GetInt32(2), rows.GetBoolean(3), await rows.IsDBNullAsync(4, ct) ? null : rows.GetString(4));
        return found;
    }
}
