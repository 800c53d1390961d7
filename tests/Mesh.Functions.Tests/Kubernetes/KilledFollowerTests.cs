using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>A service that dies while it follows pods.</summary>
public sealed class KilledFollowerTests : IAsyncLifetime
{
    private readonly string _token = Path.GetTempFileName();
    private ServiceProcess _service = null!;
    private ClusterServer _cluster = null!;
    private JobGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        (_service, _cluster, _gateway) = (await ServiceProcess.CreateAsync(), await ClusterServer.StartAsync(), await JobGateway.StartAsync());
        ClusterHost.Prepare(_cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
        File.Delete(_token);
    }

    private const string Counting = "i=0; while [ $i -lt 120 ]; do echo line $i; i=$((i+1)); sleep 0.05; done";
    private static readonly string Counted = string.Concat(Enumerable.Range(0, 120).Select(i => $"line {i}\n"));

    [Fact]
    public async Task After_a_kill_the_pod_goes_on_as_the_same_attempt_and_each_line_is_there_once()
    {
        _service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        _service.Peers.Secrets["PASSWORD"] = "0ther-value";
        await StartAsync();
        var job = await _service.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", $"{Counting}; echo key=$API_KEY token=$MESH_TOKEN; cat $PASSWORD_FILE; echo; echo bad column; exit 3"], Secrets: ["API_KEY"], MaxAttempts: 2,
            Retry: new RetryPolicy(NotExitCodes: [3]))
        { SecretFiles = ["PASSWORD"] });
        // Twice, so that what was gone on with is gone on with again.
        foreach (var line in (int[])[5, 40])
        {
            await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldContain($"line {line}\n"), TimeSpan.FromSeconds(60));
            await _service.KillAsync();
            foreach (var file in Directory.GetFiles(JobFolderOf(job.Id))) (await File.ReadAllTextAsync(file)).ShouldNotContain("-value");
            // They are others by now, and those that it was given are still blotted out.
            _service.Peers.Secrets["API_KEY"] = _service.Peers.Secrets["PASSWORD"] = "changed-since";
            await StartAsync();
        }

        var ended = await _service.UntilAsync(job.Id, JobStatus.Failed);
        (ended.Attempts.ShouldHaveSingleItem().ExitCode, ended.Cause).ShouldBe((3, "bad column (exit code 3)"));
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe($"{Counted}key=*** token=***\n***\nbad column\n"));
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await Eventually.Holds(() => Directory.EnumerateFiles(JobFolderOf(job.Id)).ShouldBeEmpty());
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_ends_while_no_service_is_there_has_ended_so_and_all_that_it_printed_comes_home()
    {
        await StartAsync();
        var go = Path.Combine(_service.Folder, "go");
        var good = await _service.ShellAsync($"echo up; while [ ! -e {go} ]; do sleep 0.05; done; seq 1 20000; printf 'without an end'");
        var bad = await _service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", $"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo at last; exit 4"], MaxAttempts: 1));
        foreach (var job in (Guid[])[good.Id, bad.Id]) await Eventually.Holds(() => _service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        await File.WriteAllTextAsync(go, "");
        await Eventually.Holds(
            () => _cluster.Store.List("jobs").Count(job => job["status"]?["conditions"] is not null).ShouldBe(2), TimeSpan.FromSeconds(20));
        await StartAsync();
        (await _service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(bad.Id, JobStatus.Failed)).Cause.ShouldBe("at last (exit code 4)");
        _service.Peers.LogOf(good.Id).ShouldBe("up\n" + string.Concat(Enumerable.Range(1, 20000).Select(i => $"{i}\n")) + "without an end");
        _service.Peers.LogOf(bad.Id).ShouldBe("up\nat last\n");
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_ended_meanwhile_and_whose_pod_was_collected_has_ended_as_the_job_says()
    {
        await StartAsync();
        var go = Path.Combine(_service.Folder, "go");
        var good = await _service.ShellAsync($"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo down");
        var bad = await _service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", $"echo up; while [ ! -e {go} ]; do sleep 0.05; done; exit 4"], MaxAttempts: 1));
        foreach (var job in (Guid[])[good.Id, bad.Id]) await Eventually.Holds(() => _service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        await File.WriteAllTextAsync(go, "");
        await Eventually.Holds(
            () => _cluster.Store.List("jobs").Count(job => job["status"]?["conditions"] is not null).ShouldBe(2), TimeSpan.FromSeconds(20));
        foreach (var pod in _cluster.Store.List("pods")) _cluster.Store.Delete("pods", pod["metadata"]!["name"]!.GetValue<string>(), "Background", 0, null);
        await StartAsync();
        (await _service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(bad.Id, JobStatus.Failed)).Cause!.ShouldStartWith("The cluster gave the job up");
        _service.Peers.LogOf(good.Id).ShouldContain("the rest of its log");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task While_the_cluster_is_away_nothing_is_decided_about_what_runs_there()
    {
        await StartAsync();
        var job = await _service.ShellAsync($"{Counting}; echo done");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        var refused = 0;
        _cluster.Interfere = (_, _) =>
        {
            Interlocked.Increment(ref refused);
            return new Fault(503, "ServiceUnavailable", "the server is currently unable to handle the request");
        };
        await StartAsync();
        await Eventually.Holds(() => Volatile.Read(ref refused).ShouldBeGreaterThan(5), TimeSpan.FromSeconds(60));
        _cluster.Interfere = (_, _) => null;
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _service.Peers.LogOf(job.Id).ShouldBe($"{Counted}done\n");
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_was_deleted_meanwhile_is_lost_and_the_next_attempt_begins_alone()
    {
        await StartAsync();
        // The lock is held by the program of an attempt: whoever finds it taken runs beside it.
        var trace = Path.Combine(_service.Folder, "trace");
        var script = $"exec 9> {trace}.lock; flock -n 9 || echo double >> {trace}; echo $MESH_ATTEMPT >> {trace}; echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300";
        var job = await _service.ShellAsync(script);
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        _cluster.Store.Delete("jobs", _cluster.Store.List("jobs").ShouldHaveSingleItem("it outlives the service")["metadata"]!["name"]!.GetValue<string>(), "Foreground", 0, null);
        await StartAsync();
        var ended = await _service.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease");
        (await File.ReadAllLinesAsync(trace)).ShouldBe(["1", "2"]);
        _service.Peers.LogOf(job.Id).ShouldBe("up 1\nup 2\n");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_timeout_counts_from_the_beginning_and_an_abort_reaches_what_was_taken_over()
    {
        await StartAsync();
        var late = await _service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"], TimeoutSeconds: 12));
        var aborted = await _service.ShellAsync("echo up; sleep 300");
        foreach (var job in (Guid[])[late.Id, aborted.Id]) await Eventually.Holds(() => _service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await _service.KillAsync();
        await StartAsync();
        (await _service.Client.PostAsync($"{ServiceProcess.Jobs}/{aborted.Id}/abort", null)).EnsureSuccessStatusCode();
        (await _service.UntilAsync(aborted.Id, JobStatus.Aborted)).Attempts.ShouldHaveSingleItem();
        (await _service.UntilAsync(late.Id, JobStatus.Failed)).Attempts.ShouldHaveSingleItem().Cause.ShouldBe("ran longer than its timeout of 12 s and was ended");
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_service_that_is_to_keep_jobs_running_stops_in_order_without_them()
    {
        await StartAsync(("Functions__KeepRunningSeconds", "60"));
        var job = await _service.ShellAsync($"{Counting}; printf 'almost '; sleep 1; echo done");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(60));
        await _service.StopAsync();
        _cluster.Store.List("pods").ShouldHaveSingleItem();
        await StartAsync(("Functions__KeepRunningSeconds", "60"));
        (await _service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        _service.Peers.LogOf(job.Id).ShouldBe($"{Counted}almost done\n");
        _cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_stop_in_order_hands_back_what_is_not_to_run_on()
    {
        await StartAsync();
        var job = await _service.ShellAsync("echo up; [ $MESH_ATTEMPT = 2 ] || sleep 300");
        await Eventually.Holds(() => _service.Peers.LogOf(job.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await _service.StopAsync();
        await NothingIsLeftAsync();
    }

    private string JobFolderOf(Guid job) => Path.Combine(_service.Folder, "data", "jobs", ServiceProcess.Project, job.ToString());

    private async Task StartAsync(params (string Key, string Value)[] more)
    {
        await _service.StartAsync([.. more, .. ClusterHost.Settings(_cluster, _gateway.Address, _token).Where(s => s.Value is not null).Select(s => (s.Key.Replace(":", "__"), s.Value!))]);
        _gateway.To = (_service.Address, new IdentityTokens(KeyFile.ReadOrCreate(Path.Combine(_service.Folder, "keys"), "identity.key"), TimeProvider.System));
    }

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "jobs", "secrets", "pods" }.SelectMany(_cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(20));
}
