using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>What attempts tell of themselves, with real processes.</summary>
public sealed class AttemptRunTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    [Fact]
    public async Task Attempts_show_their_states_their_ends_their_usage_and_their_part_of_the_log()
    {
        var job = await functions.ShellAsync("echo try $MESH_ATTEMPT; i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done; sleep 0.4; [ $MESH_ATTEMPT = 2 ] || kill -SEGV $$", attempts: 2);
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        var attempts = (await functions.Editor.GetFromJsonAsync<Page<AttemptInfo>>($"{functions.Jobs}/{job.Id}/attempts", MeshJson.Strict))!.Items;
        attempts.Select(a => a.State).ShouldBe([AttemptState.Failed, AttemptState.Succeeded]);
        attempts.ShouldAllBe(a => a.Steps.Count == 5 && a.Steps.Zip(a.Steps.Skip(1)).All(pair => pair.First.At <= pair.Second.At));
        attempts[1].Steps.Select(s => s.State).ShouldBe([AttemptState.Queued, AttemptState.Scheduled, AttemptState.Preparing, AttemptState.Running, AttemptState.Succeeded]);
        (attempts[0].Signal, attempts[0].ExitCode, attempts[0].CauseCode).ShouldBe((11, 139, "signal"));
        attempts.ShouldAllBe(a => a.Usage!.PeakMemoryBytes > 100_000 && a.Usage.CpuSeconds >= 0.02 && a.Usage.CpuSeconds < 30);
        attempts.Select(a => a.Log).ShouldBe([new(0, 6), new(6, 12)]);
        var one = await functions.Editor.GetFromJsonAsync<AttemptInfo>($"{functions.Jobs}/{job.Id}/attempts/2", MeshJson.Strict);
        one!.State.ShouldBe(AttemptState.Succeeded);
        (await functions.Editor.GetAsync($"{functions.Jobs}/{job.Id}/attempts/3")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
        var page = await functions.Editor.GetFromJsonAsync<Page<AttemptInfo>>($"{functions.Jobs}/{job.Id}/attempts?limit=1", MeshJson.Strict);
        page!.Items.ShouldHaveSingleItem().Number.ShouldBe(1);
        (await functions.Editor.GetFromJsonAsync<Page<AttemptInfo>>($"{functions.Jobs}/{job.Id}/attempts?limit=1&cursor={page.Next}", MeshJson.Strict))!
            .Items.ShouldHaveSingleItem().Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_job_over_its_memory_is_ended_with_a_named_cause()
    {
        var job = await functions.SubmitAsync(new SubmitJob(
            Command: ["python3", "-c", "import time\nkept = bytearray(b'x') * (160 << 20)\ntime.sleep(60)"], Resources: new JobResources(MemoryBytes: 64 << 20)));
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Cause.ShouldBe("memory limit 64 MiB exceeded");
        var attempt = await functions.Editor.GetFromJsonAsync<AttemptInfo>($"{functions.Jobs}/{job.Id}/attempts/1", MeshJson.Strict);
        (attempt!.State, attempt.CauseCode).ShouldBe((AttemptState.Failed, "memory-limit"));
        attempt.Usage!.PeakMemoryBytes.ShouldBeGreaterThan(64 << 20);
        functions.Peers.LogOf(job.Id).ShouldContain("memory limit 64 MiB exceeded");
    }

    [Fact]
    public async Task A_job_that_fills_its_folder_is_ended_with_a_named_cause_and_the_next_one_runs()
    {
        await using var small = new FunctionsHost { Settings = [("Functions:MostFolderBytes", "8388608")] };
        await small.InitializeAsync();
        var job = await small.ShellAsync("mkdir -p a/b; i=0; while :; do head -c 1048576 /dev/zero >> a/b/$((i % 3)); i=$((i+1)); sleep 0.05; done");
        (await small.UntilAsync(job.Id, JobStatus.Failed)).Cause.ShouldBe("disk limit 8 MiB exceeded");
        (await small.Editor.GetFromJsonAsync<AttemptInfo>($"{small.Jobs}/{job.Id}/attempts/1", MeshJson.Strict))!.CauseCode.ShouldBe("disk-limit");
        await small.UntilAsync((await small.ShellAsync("head -c 4000000 /dev/zero > kept; sleep 1")).Id, JobStatus.Succeeded);
    }

    [Fact]
    public async Task A_job_within_its_memory_is_let_run_and_told_what_it_has()
    {
        var job = await functions.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", "sleep 0.5; echo $MESH_CPUS $OMP_NUM_THREADS $MESH_MEMORY_BYTES"], Resources: new JobResources(0.5, 64 << 20)));
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        functions.Peers.LogOf(job.Id).ShouldBe("0.5 1 67108864\n");
    }

    [Fact]
    public async Task A_job_that_no_worker_could_take_says_why_and_ends_when_it_has_waited_enough()
    {
        var job = await functions.SubmitAsync(new SubmitJob(Command: ["true"], Resources: new JobResources(1000, Gpus: 9), Timeouts: new StateTimeouts(QueuedSeconds: 2)));
        await Eventually.Holds(async () => (await functions.GetAsync(job.Id)).Unschedulable.ShouldNotBeNull());
        var reason = (await functions.GetAsync(job.Id)).Unschedulable!;
        reason.ShouldStartWith("No worker could ever take it: it asks for 1000 cores, the most that a worker has is ");
        reason.ShouldContain("9 graphics processors");
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Cause.ShouldBe("waited longer for a worker than its timeout of 2 s");
        ended.Unschedulable.ShouldBeNull();
    }

    [Fact]
    public async Task A_deadline_ends_what_runs()
    {
        var job = await functions.SubmitAsync(new SubmitJob(Command: ["sleep", "300"], MaxAttempts: 5, DeadlineSeconds: 2));
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Attempts.ShouldHaveSingleItem().Cause!.ShouldStartWith("had not ended by its deadline (");
    }

    [Fact]
    public async Task A_project_runs_no_more_at_once_than_its_admin_lets_it()
    {
        functions.BeginProject();
        using var refused = await functions.Editor.PutAsJsonAsync($"{functions.Jobs}/limits", new SetJobLimits(1), MeshJson.Strict);
        refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.Forbidden);
        using var admin = functions.Host.ClientFor("eve", Role.Admin, functions.Project);
        (await admin.PutAsJsonAsync($"{functions.Jobs}/limits", new SetJobLimits(1), MeshJson.Strict)).EnsureSuccessStatusCode();
        var jobs = new List<JobInfo>();
        for (var i = 0; i < 3; i++) jobs.Add(await functions.ShellAsync("sleep 0.5"));
        var ended = new List<JobInfo>();
        foreach (var job in jobs) ended.Add(await functions.UntilAsync(job.Id, JobStatus.Succeeded));
        for (var i = 1; i < 3; i++) ended[i].Attempts[0].StartedAt.ShouldBeGreaterThanOrEqualTo(ended[i - 1].EndedAt!.Value);
        var limits = await functions.Editor.GetFromJsonAsync<JobLimitsInfo>($"{functions.Jobs}/limits", MeshJson.Strict);
        (limits!.MaxRunning, limits.Running, limits.Queued, limits.SetBy).ShouldBe((1, 0, 0, "eve"));
        (await admin.PutAsJsonAsync($"{functions.Jobs}/limits", new SetJobLimits(), MeshJson.Strict)).EnsureSuccessStatusCode();
    }
}
