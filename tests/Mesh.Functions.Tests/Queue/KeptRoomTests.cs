using Mesh.Contracts.Functions;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Doubles;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Tests.Queue;

/// <summary>For which job a worker keeps room.</summary>
public sealed class KeptRoomTests(QueueOnlyHost functions) : IClassFixture<QueueOnlyHost>
{
    private static readonly Profile Here = new("process", ProfileExecutor.Process, 1, new ProfileOptions());

    [Fact]
    public async Task It_is_kept_for_the_most_urgent_that_has_waited_and_could_fit()
    {
        await FillAsync(
            """
            ('young', 9, now(), now(), 4, null), ('nothing', 9, now(), now() - interval '5 minutes', 0, null), ('too-large', 9, now(), now() - interval '5 minutes', 65, null),
            ('late', 9, now(), now() - interval '5 minutes', 4, now() - interval '1 second'), ('held', 9, now(), null, 4, null),
            ('older', 0, now() - interval '1 hour', now() - interval '5 minutes', 4, null), ('urgent', 1, now(), now() - interval '2 minutes', 8, null)
            """);
        var room = Of("one");
        (await room.LookAsync([Here], default)).ShouldBeFalse();
        room.For.ShouldBe(new KeptJob("process", new Candidate("p", "urgent", 0, new Room(8, 0, 0))));
        await RunAsync("delete from job_queue where job_id = 'urgent'");
        (await room.LookAsync([Here], default)).ShouldBeFalse();
        room.For!.Job.JobId.ShouldBe("older");
        await RunAsync("update job_queue set due_at = null");
        (await room.LookAsync([Here], default)).ShouldBeTrue("what was kept free is anybody's again");
        room.For.ShouldBeNull();
    }

    [Fact]
    public async Task One_worker_keeps_room_for_a_job_until_it_is_dead()
    {
        await FillAsync("('a', 0, now() - interval '2 hours', now() - interval '5 minutes', 4, null), ('b', 0, now() - interval '1 hour', now() - interval '5 minutes', 4, null)");
        var (one, two, three) = (Of("one"), Of("two"), Of("three"));
        foreach (var room in (KeptRoom[])[one, two, three, one]) await room.LookAsync([Here], default);
        new[] { one, two, three }.Select(room => room.For?.Job.JobId).ShouldBe(["a", "b", null]);
        await RunAsync("update job_rooms set expires_at = now() - interval '1 second' where worker = 'one'");
        await three.LookAsync([Here], default);
        await one.LookAsync([Here], default);
        new[] { one, two, three }.Select(room => room.For?.Job.JobId).ShouldBe([null, "b", "a"]);
    }

    [Fact]
    public async Task None_is_kept_for_a_project_that_runs_as_much_as_it_may()
    {
        await FillAsync("('a', 0, now(), now() - interval '5 minutes', 4, null), ('b', 0, now(), null, 4, null)");
        await RunAsync("insert into job_limits values ('p', 1) on conflict do nothing");
        var room = Of("one");
        await room.LookAsync([Here], default);
        room.For.ShouldBeNull();
        await RunAsync("truncate job_limits");
        await room.LookAsync([Here], default);
        room.For!.Job.JobId.ShouldBe("a");
    }

    private KeptRoom Of(string worker)
    {
        var options = Options.Create(new FunctionsOptions { WorkerName = worker, Cpus = 64, MemoryBytes = 1L << 30, Gpus = 0 });
        return new KeptRoom(functions.Host.Service<ServiceDatabase<IFunctionsStore>>(), new WorkerIdentity(options), new WorkerCapacity(options), options);
    }

    private async Task FillAsync(string rows)
    {
        await RunAsync("truncate job_queue, job_rooms, job_limits");
        await RunAsync(
            $"""
            insert into job_queue (project, job_id, priority, submitted_at, due_at, attempts, cpus, memory_bytes, gpus, deadline_at)
            select 'p', id, priority, submitted, due, 0, cpus, 0, 0, deadline::timestamptz from (values {rows}) r (id, priority, submitted, due, cpus, deadline)
            """);
    }

    private async Task RunAsync(string sql)
    {
        await using var command = functions.Host.Service<ServiceDatabase<IFunctionsStore>>().DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A worker with two cores.</summary>
public sealed class TwoCoresHost : FunctionsHost
{
    public TwoCoresHost() => Settings = [("Functions:Cpus", "2"), ("Functions:KeepRoomAfterSeconds", "1")];
}

/// <summary>A large job among small ones that never leave it room.</summary>
public sealed class LargeJobTests(TwoCoresHost functions) : IClassFixture<TwoCoresHost>
{
    [Fact]
    public async Task It_starts_before_the_small_ones_are_all_done()
    {
        var ahead = await SubmitAsync(1, 0.6);
        var large = await SubmitAsync(2, 0);
        var small = new List<JobInfo>();
        // Each two of them leave one core at different times.
        for (var i = 0; i < 16; i++) small.Add(await SubmitAsync(1, i % 2 == 0 ? 0.5 : 0.8));
        var free = await SubmitAsync(0, 0);
        await functions.UntilAsync(ahead.Id, JobStatus.Succeeded);
        await functions.UntilAsync(free.Id, JobStatus.Succeeded);
        var began = (await functions.UntilAsync(large.Id, JobStatus.Succeeded)).Attempts[0].StartedAt;
        var last = (await functions.UntilAsync(small[^1].Id, JobStatus.Succeeded)).Attempts[0].StartedAt;
        began.ShouldBeLessThan(last);
    }

    private Task<JobInfo> SubmitAsync(double cpus, double seconds) => functions.SubmitAsync(new SubmitJob(
        Command: ["sleep", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture)], Resources: cpus == 0 ? null : new JobResources(Cpus: cpus)));
}
