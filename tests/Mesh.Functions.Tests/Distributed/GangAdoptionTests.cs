using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Distributed;

/// <summary>Gangs go on without their service, and with the next one.</summary>
public sealed class GangAdoptionTests : IAsyncLifetime
{
    private ServiceProcess _service = null!;

    [Fact]
    public async Task After_a_kill_the_gang_goes_on_as_the_same_one_and_the_output_of_each_of_it_is_whole()
    {
        _service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _service.StartAsync();
        var job = await SubmitAsync(Plain(3), "i=0; while [ $i -lt 80 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; echo key $API_KEY; echo $RANK of $WORLD_SIZE at $MESH_RESTART");
        await Eventually.Holds(() => Enumerable.Range(0, 3).ShouldAllBe(rank => _service.Peers.LogOf(job.Id).Contains($"[worker-{rank}] line 5\n")), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await _service.StartAsync();

        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        var lines = _service.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var rank = 0; rank < 3; rank++)
        {
            var label = $"[worker-{rank}] ";
            lines.Where(line => line.StartsWith(label, StringComparison.Ordinal)).Select(line => line[label.Length..])
                .ShouldBe([.. Enumerable.Range(0, 80).Select(i => $"line {i}"), "key ***", $"{rank} of 3 at 0"]);
        }

        lines.Length.ShouldBe(3 * 82);
        (await EventsAsync(job.Id)).ShouldBe(["job.submitted", "job.started", "job.attempt-advanced", "job.attempt-advanced", "job.attempt-adopted", "job.succeeded"]);
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(JobFolderOf(job.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_fails_after_the_kill_ends_the_others_and_the_gang_is_started_again_from_its_checkpoint_by_whoever_is_there()
    {
        _service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _service.StartAsync();
        var go = Path.Combine(_service.Folder, "go");
        var job = await SubmitAsync(
            Plain(2) with { MaxRestarts = 2 },
            $"n=$(cat $MESH_CHECKPOINT/$RANK 2>/dev/null || echo 0); echo start $MESH_RESTART of $RANK, $API_KEY, after $n; echo $((n+1)) > $MESH_CHECKPOINT/$RANK; "
            + $"[ $MESH_RESTART = 2 ] && exit 0; (trap '' TERM; sleep 300) & [ $RANK = 1 ] || {{ wait; exit; }}; while [ ! -f {go}$MESH_RESTART ]; do sleep 0.05; done; echo bad shard >&2; exit 3");
        foreach (var restart in (int[])[0, 1])
        {
            await Eventually.Holds(() => _service.Peers.LogOf(job.Id).Split($"start {restart} of").Length.ShouldBe(3), TimeSpan.FromSeconds(30));
            await _service.KillAsync();
            // The first failure comes when a service has taken over, the second one while there is none.
            if (restart == 1) await File.WriteAllTextAsync($"{go}1", "");
            await Task.Delay(TimeSpan.FromSeconds(0.5));
            await _service.StartAsync();
            if (restart == 0)
            {
                await Eventually.Holds(async () => (await EventsAsync(job.Id)).ShouldContain("job.attempt-adopted"), TimeSpan.FromSeconds(30));
                await File.WriteAllTextAsync($"{go}0", "");
            }
        }

        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        var log = _service.Peers.LogOf(job.Id);
        foreach (var rank in (int[])[0, 1])
            foreach (var restart in (int[])[0, 1, 2]) log.ShouldContain($"[worker-{rank}] start {restart} of {rank}, ***, after {restart}\n");
        foreach (var restart in (int[])[1, 2]) log.ShouldContain($"[mesh] worker-1: bad shard (exit code 3). The gang is started again from its checkpoint: {restart} of 2.\n");
        log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(10);
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_ends_while_no_service_is_there_has_ended_so()
    {
        await _service.StartAsync();
        var good = await SubmitAsync(Plain(2), "echo up; sleep 2; printf 'no end'");
        var bad = await SubmitAsync(Plain(2), "echo up; sleep 2; [ $RANK = 0 ] || { echo at last >&2; exit 4; }; sleep 1; echo lost a peer >&2; exit 5");
        var led = await SubmitAsync(new Distribution(TrainingFramework.Tensorflow, [new("chief"), new("ps")]), "echo up; [ $MESH_ROLE = ps ] && sleep 300; sleep 2");
        foreach (var job in (Guid[])[good.Id, bad.Id, led.Id])
            await Eventually.Holds(() => _service.Peers.LogOf(job).Split("up\n").Length.ShouldBe(3), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(4));
        await _service.StartAsync();

        (await _service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(led.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(bad.Id, JobStatus.Failed)).Cause.ShouldBe("worker-1: at last (exit code 4)");
        _service.Peers.LogOf(good.Id).Split('\n').Order().ShouldBe(["[worker-0] no end", "[worker-0] up", "[worker-1] no end", "[worker-1] up"], ignoreOrder: true);
        foreach (var job in (Guid[])[good.Id, bad.Id, led.Id]) ServiceProcess.ProcessesOf(job).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gang_of_which_a_keeper_is_gone_is_lost_and_the_next_attempt_finds_its_checkpoint()
    {
        await _service.StartAsync();
        var job = await SubmitAsync(
            Plain(2), "echo attempt $MESH_ATTEMPT of $RANK: $(cat $MESH_CHECKPOINT/$RANK 2>/dev/null || echo nothing); echo 41 > $MESH_CHECKPOINT/$RANK; [ $MESH_ATTEMPT = 2 ] || sleep 300", attempts: 2);
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).Split("nothing\n").Length.ShouldBe(3), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        if (!OperatingSystem.IsWindows()) ProcessTable.Signal(new ProcessFiles(Path.Combine(JobFolderOf(job.Id), "1.gang", "worker-1")).ReadKeeper()!.Value, 9);
        await _service.StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.Count.ShouldBe(2);
        foreach (var rank in (int[])[0, 1]) _service.Peers.LogOf(job.Id).ShouldContain($"[worker-{rank}] attempt 2 of {rank}: 41\n");
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_that_is_to_keep_jobs_running_stops_in_order_without_them()
    {
        await _service.StartAsync(("Functions__KeepRunningSeconds", "60"));
        var job = await SubmitAsync(Plain(2), "echo up; sleep 4; echo done");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).Split("up\n").Length.ShouldBe(3), TimeSpan.FromSeconds(30));
        await _service.StopAsync();
        ServiceProcess.ProcessesOf(job.Id).Count.ShouldBeGreaterThanOrEqualTo(4);
        await _service.StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _service.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["[worker-0] up", "[worker-1] up", "[worker-0] done", "[worker-1] done"], ignoreOrder: true);
    }

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(KeptProcess.IsAvailable, "Processes outlive their service on Linux only.");
        _service = await ServiceProcess.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null) await _service.DisposeAsync();
    }

    private static Distribution Plain(int workers) => new(TrainingFramework.Plain, [new("worker", workers)]);

    private async Task<JobInfo> SubmitAsync(Distribution distributed, string script, int attempts = 1)
    {
        var name = $"f{Guid.CreateVersion7():N}";
        var definition = new DefineFunction(FunctionKind.Process, ["sh", "-c", script]) { Distributed = distributed };
        using var answer = await _service.Client.PutAsJsonAsync($"/api/v1/projects/{ServiceProcess.Project}/functions/{name}", definition, MeshJson.Strict);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return await _service.SubmitAsync(new SubmitJob(name, MaxAttempts: attempts, Secrets: [.. _service.Peers.Secrets.Keys]));
    }

    private async Task<List<string>> EventsAsync(Guid job) =>
        [.. (await _service.Client.GetFromJsonAsync<Page<HistoryEntry>>($"{ServiceProcess.Jobs}/{job}/history", MeshJson.Strict))!.Items.Select(e => e.Type)];

    private string JobFolderOf(Guid job) => Path.Combine(_service.Folder, "data", "jobs", ServiceProcess.Project, job.ToString());
}
