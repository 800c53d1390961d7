using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

/// <summary>What runs goes on without its service, and with the next one.</summary>
public sealed class AdoptionTests : IAsyncLifetime
{
    private const string Counting = "i=0; while [ $i -lt 80 ]; do echo line $i; i=$((i+1)); sleep 0.05; done";
    private static readonly string Counted = string.Concat(Enumerable.Range(0, 80).Select(i => $"line {i}\n"));
    private ServiceProcess _service = null!;

    [Fact]
    public async Task After_a_kill_the_attempt_goes_on_as_the_same_one_and_its_output_is_whole()
    {
        _service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await _service.StartAsync();
        var job = await _service.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", $"echo 'bad column' >&2; sleep 0.5; {Counting}; echo key=$API_KEY; exit 3"], Secrets: ["API_KEY"], MaxAttempts: 2, Retry: new RetryPolicy(NotExitCodes: [3])));
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        var processes = ServiceProcess.ProcessesOf(job.Id);
        processes.ShouldNotBeEmpty();

        await _service.StartAsync();
        var ended = await _service.UntilAsync(job.Id, JobStatus.Failed);
        var attempt = ended.Attempts.ShouldHaveSingleItem();
        (attempt.ExitCode, ended.Cause).ShouldBe((3, "bad column (exit code 3)"));
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe($"bad column\n{Counted}key=***\n"));
        _service.Peers.AttemptsOf(job.Id).ShouldBe([1]);
        var history = (await _service.Client.GetFromJsonAsync<Page<HistoryEntry>>($"{ServiceProcess.Jobs}/{job.Id}/history", MeshJson.Strict))!.Items;
        history.Select(e => e.Type).ShouldBe(["job.submitted", "job.started", "job.attempt-advanced", "job.attempt-advanced", "job.attempt-adopted", "job.failed"]);
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_ends_while_no_service_is_there_has_ended_so_and_nothing_of_its_output_is_missing()
    {
        await _service.StartAsync();
        var good = await _service.ShellAsync("echo up; sleep 1.5; echo $MESH_ATTEMPT; printf 'without an end'");
        var bad = await _service.ShellAsync("echo up; sleep 1.5; echo 'at last' >&2; kill -9 $$", attempts: 1);
        await Eventually.Holds(() => _service.Peers.LogOf(good.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        await Eventually.Holds(() => _service.Peers.LogOf(bad.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        foreach (var job in (Guid[])[good.Id, bad.Id])
            await Eventually.Holds(() => FilesOf(job).ReadExit().ShouldNotBeNull(), TimeSpan.FromSeconds(20));

        await _service.StartAsync();
        (await _service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(bad.Id, JobStatus.Failed)).Cause.ShouldBe("at last (exit code 137, SIGKILL: perhaps out of memory)");
        _service.Peers.LogOf(good.Id).ShouldBe("up\n1\nwithout an end");
        _service.Peers.LogOf(bad.Id).ShouldBe("up\nat last\n");
        await Eventually.Holds(() => Directory.EnumerateFiles(JobFolderOf(good.Id)).ShouldBeEmpty());
    }

    [Fact]
    public async Task One_that_prints_more_than_a_pipe_holds_waits_for_the_next_service()
    {
        await _service.StartAsync();
        var job = await _service.ShellAsync("echo up; sleep 1; seq 1 200000");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await _service.StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _service.Peers.LogOf(job.Id).ShouldBe("up\n" + string.Concat(Enumerable.Range(1, 200000).Select(i => $"{i}\n")));
    }

    [Fact]
    public async Task A_timeout_counts_from_the_beginning_and_an_abort_reaches_what_was_taken_over()
    {
        await _service.StartAsync();
        var late = await _service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"], TimeoutSeconds: 8));
        var aborted = await _service.ShellAsync("echo up; sleep 300");
        await Eventually.Holds(() => _service.Peers.LogOf(late.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        await Eventually.Holds(() => _service.Peers.LogOf(aborted.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await _service.StartAsync();
        (await _service.Client.PostAsync($"{ServiceProcess.Jobs}/{aborted.Id}/abort", null)).EnsureSuccessStatusCode();
        (await _service.UntilAsync(aborted.Id, JobStatus.Aborted)).Attempts.ShouldHaveSingleItem();
        var ended = await _service.UntilAsync(late.Id, JobStatus.Failed);
        ended.Attempts.ShouldHaveSingleItem().Cause.ShouldBe("ran longer than its timeout of 8 s and was ended");
        var history = (await _service.Client.GetFromJsonAsync<Page<HistoryEntry>>($"{ServiceProcess.Jobs}/{late.Id}/history", MeshJson.Strict))!.Items;
        (ended.EndedAt!.Value - history.Single(e => e.Type == "job.attempt-adopted").At).ShouldBeLessThan(TimeSpan.FromSeconds(8), "the time without a service counts");
        ServiceProcess.ProcessesOf(late.Id).ShouldBeEmpty();
        ServiceProcess.ProcessesOf(aborted.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_lost_the_keeper_of_its_exit_code_is_lost_and_ends_before_the_next_attempt()
    {
        await _service.StartAsync();
        var job = await _service.ShellAsync("echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] && exit 0; setsid sleep 300 & sleep 300");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(30));
        await _service.KillAsync();
        if (!OperatingSystem.IsWindows()) ProcessTable.Signal(FilesOf(job.Id).ReadKeeper()!.Value, 9);
        ServiceProcess.ProcessesOf(job.Id).Count.ShouldBeGreaterThanOrEqualTo(2, "they outlive the service");

        await _service.StartAsync();
        var ended = await _service.UntilAsync(job.Id, JobStatus.Succeeded);
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease (no heartbeat since ");
        (ended.Attempts[1].StartedAt - ended.Attempts[0].EndedAt!.Value).ShouldBeGreaterThan(TimeSpan.Zero);
        _service.Peers.LogOf(job.Id).ShouldBe("up 1\nup 2\n");
    }

    [Fact]
    public async Task A_service_that_is_to_keep_jobs_running_stops_in_order_without_them()
    {
        await _service.StartAsync(("Functions__KeepRunningSeconds", "60"));
        var job = await _service.ShellAsync($"{Counting}");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(30));
        await _service.StopAsync();
        ServiceProcess.ProcessesOf(job.Id).ShouldNotBeEmpty();
        await _service.StartAsync();
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _service.Peers.LogOf(job.Id).ShouldBe(Counted);
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

    private string JobFolderOf(Guid job) => Path.Combine(_service.Folder, "data", "jobs", ServiceProcess.Project, job.ToString());

    private ProcessFiles FilesOf(Guid job) => new(Path.Combine(JobFolderOf(job), "1"));
}
