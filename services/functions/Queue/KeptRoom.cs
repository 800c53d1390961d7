using Mesh.Functions.Profiles;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Functions.Queue;

/// <summary>
/// Room that workers keep free for jobs that have long waited for it: smaller ones would take for ever what comes free. One worker keeps room for a job, and a worker keeps it for one job at a time:
/// that of the highest priority, then the longest queued.
/// </summary>
internal sealed class KeptRoom(ServiceDatabase<IFunctionsStore> database, WorkerIdentity worker, WorkerCapacity capacity, IOptions<FunctionsOptions> options)
{
    // The row of a worker that has died is anybody's after the time of a lease.
    private const string Look =
        """
        with wanted as materialized (
            select q.* from job_queue q
            where q.due_at <= now() - make_interval(secs => $2) and (q.cpus > 0 or q.memory_bytes > 0 or q.gpus > 0)
                and (q.deadline_at is null or q.deadline_at > now())
                and q.profile = any($4) and q.cpus <= $5 and q.memory_bytes <= $6 and q.gpus <= $7
                and not exists (select from job_rooms r where r.project = q.project and r.job_id = q.job_id and r.worker <> $1 and r.expires_at >= now())
                and q.project not in (
                    select l.project from job_limits l where l.max_running <= (select count(*) from job_queue h where h.project = l.project and h.due_at is null))
            order by q.priority desc, q.submitted_at, q.project, q.job_id limit 1
        ), given_up as (
            delete from job_rooms r
            where (r.worker = $1 or r.expires_at < now() - interval '1 day') and not exists (select from wanted w where w.project = r.project and w.job_id = r.job_id)
        ), kept as (
            insert into job_rooms as r (project, job_id, worker, expires_at) select project, job_id, $1, now() + make_interval(secs => $3) from wanted
            on conflict (project, job_id) do update set worker = excluded.worker, expires_at = excluded.expires_at where r.worker = excluded.worker or r.expires_at < now()
            returning r.project, r.job_id
        )
        select w.profile, w.project, w.job_id, w.attempts, w.cpus, w.memory_bytes, w.gpus from kept k join wanted w on w.project = k.project and w.job_id = k.job_id
        """;

    private volatile KeptJob? _for;

    /// <summary>The job that it keeps room for; null for none.</summary>
    public KeptJob? For => _for;

    /// <summary>Looks for whom to keep room now, of all the jobs that this worker could ever hold, and says so to the others until the time of a lease has passed.</summary>
    /// <param name="profiles">The profiles whose jobs it runs.</param>
    /// <returns>Whether room that was kept is anybody's again.</returns>
    public async Task<bool> LookAsync(IEnumerable<Profile> profiles, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(Look, connection);
        var has = capacity.Has;
        foreach (var value in (object[])
        [
            worker.Name, options.Value.KeepRoomAfterSeconds, options.Value.LeaseSeconds, profiles.Where(profile => profile.IsLocal).Select(profile => profile.Name).ToArray(), has.Cpus + 1e-9, has.MemoryBytes,
            has.Gpus,
        ]) command.Parameters.Add(new() { Value = value });
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var earlier = _for;
        _for = await rows.ReadAsync(ct)
            ? new KeptJob(rows.GetString(0), new Candidate(rows.GetString(1), rows.GetString(2), rows.GetInt32(3), new Room(rows.GetDouble(4), rows.GetInt64(5), rows.GetInt32(6))))
            : null;
        return earlier is not null && _for is null;
    }

    /// <summary>Forgets a job: it is being taken.</summary>
    public void Forget(KeptJob job) => Interlocked.CompareExchange(ref _for, null, job);
}

/// <summary>A job that has long waited for room.</summary>
internal sealed record KeptJob(string Profile, Candidate Job);
