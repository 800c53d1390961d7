using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Doubles;
using Mesh.Hosting.Store;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>What happens when a worker falls silent, is stopped, or is not alone.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private readonly FunctionsHost _functions = new();

    [Fact]
    public async Task Two_workers_on_one_queue_run_every_attempt_once()
    {
        await using var second = await _functions.StartReplicaAsync("second");
        var jobs = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _functions.ShellAsync("echo ran")));
        var ended = new List<JobInfo>();
        foreach (var job in jobs) ended.Add(await _functions.UntilAsync(job.Id, JobStatus.Succeeded, 60));
        ended.ShouldAllBe(j => j.Attempts.Count == 1);
        foreach (var job in jobs) _functions.Peers.LogOf(job.Id).ShouldBe("ran\n");
        ended.Select(j => j.Attempts[0].Worker).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_that_loses_its_lease_ends_its_process_and_another_attempt_follows()
    {
        var job = await _functions.ShellAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300", attempts: 2);
        await Eventually.Holds(() => _functions.Peers.LogOf(job.Id).ShouldBe("up 1\n"));
        // As if the row had been given to somebody of another machine, who then fell silent.
        await SqlAsync("update job_leases set worker = 'other', scope = 'elsewhere', expires_at = now() - interval '1 second'");
        var ended = await _functions.UntilAsync(job.Id, JobStatus.Succeeded, 30);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease (no heartbeat since ");
        new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldBeEmpty();
        _functions.Peers.LogOf(job.Id).ShouldEndWith("up 2\n");
    }

    [Fact]
    public async Task A_lease_of_a_dead_process_of_this_machine_is_lost_at_once_and_its_orphans_end_first()
    {
        var id = Guid.CreateVersion7();
        using var orphan = ProcessExecutorOrphan(id);
        await ClaimForDeadWorkerAsync(id, maxAttempts: 2);
        var ended = await _functions.UntilAsync(id, JobStatus.Succeeded, 20);
        ended.Attempts[0].Worker.ShouldBe("dead");
        ended.Attempts[0].Cause!.ShouldStartWith("worker dead lost its lease (no heartbeat since ");
        ended.Attempts[1].StartedAt.ShouldBeGreaterThan(ended.Attempts[0].EndedAt!.Value);
        orphan.HasExited.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lost_lease_of_the_last_attempt_fails_the_job()
    {
        var id = Guid.CreateVersion7();
        await ClaimForDeadWorkerAsync(id, maxAttempts: 1);
        (await _functions.UntilAsync(id, JobStatus.Failed)).Cause!.ShouldStartWith("worker dead lost its lease");
        await _functions.Host.RelayedAsync("job.failed", e => e.Subject == id.ToString());
    }

    [Fact]
    public async Task A_worker_that_stops_hands_its_jobs_back_at_no_cost()
    {
        var job = await _functions.ShellAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300");
        await Eventually.Holds(() => _functions.Peers.LogOf(job.Id).ShouldBe("up 1\n"));
        await _functions.RestartAsync();
        var ended = await _functions.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.Count.ShouldBe(2);
        ended.MaxAttempts.ShouldBe(1);
        ended.Attempts[0].Cause!.ShouldContain("handed the job back");
        _functions.Peers.LogOf(job.Id).ShouldStartWith("up 1\n");
        _functions.Peers.LogOf(job.Id).ShouldEndWith("up 2\n");
    }

    [Fact]
    public async Task An_abort_reaches_the_worker_of_another_replica()
    {
        var job = await _functions.ShellAsync("sleep 300");
        await _functions.UntilAsync(job.Id, JobStatus.Running);
        await using var second = await _functions.StartReplicaAsync("second", ("Functions:RunsJobs", "false"));
        using var client = second.ClientFor("ada", Mesh.Contracts.Role.Editor, _functions.Project);
        (await client.PostAsync($"{_functions.Jobs}/{job.Id}/abort", null)).EnsureSuccessStatusCode();
        await _functions.UntilAsync(job.Id, JobStatus.Aborted);
    }

    [Fact]
    public async Task Jobs_of_a_project_start_in_order_and_projects_take_turns()
    {
        await using var queue = new QueueOnlyHost();
        await queue.InitializeAsync();
        var writer = queue.Host.Service<JobWriter>();
        var names = new Dictionary<string, string>();
        foreach (var (project, priority) in ((string, int)[])[("busy", 0), ("busy", 0), ("busy", 0), ("quiet", 0), ("busy", 5)])
        {
            var id = Guid.CreateVersion7();
            names[id.ToString()] = $"{project}-{names.Count}";
            (await writer.WriteAsync(JobWriter.Self, project, id.ToString(), Submit(id, 1) with { Priority = priority }, default)).Rejected.ShouldBeNull();
        }

        var due = await queue.Host.Service<JobQueue>().FindDueAsync(Profile.BuiltIn, 10, new Room(100, long.MaxValue, 10), default);
        due.Select(c => names[c.JobId]).ShouldBe(["busy-4", "quiet-3", "busy-0", "busy-1", "busy-2"]);
    }

    [Fact]
    public async Task A_lease_that_is_taken_away_is_not_prolonged_and_one_that_was_prolonged_is_not_taken_away()
    {
        await using var idle = new FunctionsHost { Settings = [("Functions:RunsJobs", "false"), ("Functions:LeaseSeconds", "600")] };
        await idle.InitializeAsync();
        var (writer, queue) = (idle.Host.Service<JobWriter>(), idle.Host.Service<JobQueue>());
        var id = Guid.CreateVersion7();
        await writer.WriteAsync(JobWriter.Self, idle.Project, id.ToString(), Submit(id, 1), default);
        await writer.WriteAsync(JobWriter.Self, idle.Project, id.ToString(), new JobCommand.Claim(1, "me"), default);
        var key = new AttemptKey(idle.Project, id.ToString(), 1);

        var stale = (await queue.ReadLeasesAsync(default)).ShouldHaveSingleItem();
        (await queue.BeatAsync([key], default)).Held.ShouldContain(key);
        (await queue.TakeAwayAsync(stale, default)).ShouldBeFalse();
        (await queue.BeatAsync([key], default)).Held.ShouldContain(key);

        var fresh = (await queue.ReadLeasesAsync(default)).ShouldHaveSingleItem();
        (await queue.TakeAwayAsync(fresh, default)).ShouldBeTrue();
        (await queue.BeatAsync([key], default)).Held.ShouldBeEmpty();
        (await queue.TakeAwayAsync(fresh, default)).ShouldBeTrue("a watcher that died half-way is followed by another");
    }

    [Fact]
    public async Task A_connection_that_is_cut_before_the_process_starts_costs_the_job_nothing()
    {
        await using var block = await BlockStartAsync();
        var job = await _functions.ShellAsync("echo ran");
        var waiting = await WaitingAsync();
        await SqlAsync($"select pg_terminate_backend({waiting})");
        await Eventually.Holds(async () => (await WaitingAsync()).ShouldNotBe(waiting));
        await block.DisposeAsync();
        var ended = await _functions.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.ShouldHaveSingleItem();
        _functions.Peers.LogOf(job.Id).ShouldBe("ran\n");
    }

    [Fact]
    public async Task A_worker_that_loses_its_lease_before_the_process_starts_hands_the_job_back()
    {
        await using var block = await BlockStartAsync();
        var job = await _functions.ShellAsync("echo ran");
        await WaitingAsync();
        await SqlAsync("update job_leases set worker = 'other', scope = 'elsewhere', expires_at = now() + interval '1 hour'");
        await Eventually.Holds(async () => (await _functions.GetAsync(job.Id)).Attempts[0].Cause.ShouldNotBeNull());
        await block.DisposeAsync();
        var ended = await _functions.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.MaxAttempts.ShouldBe(1);
        ended.Attempts[0].Cause!.ShouldContain("handed the job back");
        _functions.Peers.LogOf(job.Id).ShouldBe("ran\n");
    }

    public ValueTask InitializeAsync() => _functions.InitializeAsync();

    public ValueTask DisposeAsync() => _functions.DisposeAsync();

    private static System.Diagnostics.Process ProcessExecutorOrphan(Guid job)
    {
        var info = new System.Diagnostics.ProcessStartInfo("sleep", ["300"]);
        info.Environment["MESH_RUN_ID"] = job.ToString();
        info.Environment["MESH_ATTEMPT"] = "1";
        return System.Diagnostics.Process.Start(info)!;
    }

    private static JobCommand.Submit Submit(Guid id, int maxAttempts) => new(
        id, "job", "default", new JobWork(null, null, null, null, ["true"]), new Dictionary<string, string>(), [], maxAttempts, 60, 0,
        new Dictionary<string, string>(), "ada", null);

    private async Task ClaimForDeadWorkerAsync(Guid id, int maxAttempts)
    {
        // Submitted and claimed in one transaction, so that the living worker cannot be faster.
        var host = _functions.Host;
        var now = DateTimeOffset.UnixEpoch;
        await using var session = host.Service<IFunctionsStore>().OpenSession(JobWriter.Self, _functions.Project);
        var written = await session.DecideAsync<Job, JobEvent>(id.ToString(), _ =>
        {
            var submitted = JobDecider.Decide(Submit(id, maxAttempts), null, now).Events[0];
            return Mesh.Hosting.Decisions.Decision<JobEvent>.Of(submitted, new JobEvent.Started(1, "dead", now));
        }, default);
        host.Service<JobWriter>().Follow(session, _functions.Project, id.ToString(), written.Events);
        session.QueueSqlCommand(JobQueue.TakeLease, _functions.Project, id.ToString(), 1, "dead", ProcessTable.Scope, 1, 987654321L, 600d);
        await session.SaveChangesAsync();
    }

    /// <summary>Holds up what an attempt reads before its process starts, until it is disposed.</summary>
    private async Task<Npgsql.NpgsqlConnection> BlockStartAsync()
    {
        // Its transaction, and with it the lock, ends when it goes back to the pool.
        var connection = await _functions.Host.Service<ServiceDatabase<IFunctionsStore>>().DataSource.OpenConnectionAsync();
        await using var command = new Npgsql.NpgsqlCommand("begin; lock table mt_doc_job_environment in access exclusive mode", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>The server process of the connection that waits for that.</summary>
    private async Task<int> WaitingAsync()
    {
        int? found = null;
        await Eventually.Holds(async () =>
        {
            await using var command = _functions.Host.Service<ServiceDatabase<IFunctionsStore>>().DataSource.CreateCommand(
                "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%job_environment%' and datname = current_database()");
            found = (int?)await command.ExecuteScalarAsync();
            found.ShouldNotBeNull();
        });
        return found!.Value;
    }

    private async Task SqlAsync(string sql)
    {
        await using var command = _functions.Host.Service<ServiceDatabase<IFunctionsStore>>().DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
