using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>A service that dies while it follows pods.</summary>
public sealed class KilledFollowerTests : IAsyncLifetime
{
    private ServiceOnCluster _host = null!;

    private ServiceProcess Service => _host.Service;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ServiceOnCluster.CreateAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    private const string Counting = "i=0; while [ $i -lt 120 ]; do echo line $i; i=$((i+1)); sleep 0.05; done";
    private static readonly string Counted = string.Concat(Enumerable.Range(0, 120).Select(i => $"line {i}\n"));

    [Fact]
    public async Task After_a_kill_the_pod_goes_on_as_the_same_attempt_and_each_line_is_there_once()
    {
        Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        Service.Peers.Secrets["PASSWORD"] = "0ther-value";
        await StartAsync();
        var job = await Service.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", $"{Counting}; echo key=$API_KEY token=$MESH_TOKEN; cat $PASSWORD_FILE; echo; echo bad column; exit 3"], Secrets: ["API_KEY"], MaxAttempts: 2,
            Retry: new RetryPolicy(NotExitCodes: [3]))
        { SecretFiles = ["PASSWORD"] });
        // Twice, so that what was gone on with is gone on with again.
        foreach (var line in (int[])[5, 40])
        {
            await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldContain($"line {line}\n"), TimeSpan.FromSeconds(60));
            await Service.KillAsync();
            foreach (var file in Directory.GetFiles(JobFolderOf(job.Id))) (await File.ReadAllTextAsync(file)).ShouldNotContain("-value");
            // They are others by now, and those that it was given are still blotted out.
            Service.Peers.Secrets["API_KEY"] = Service.Peers.Secrets["PASSWORD"] = "changed-since";
            await StartAsync();
        }

        var ended = await Service.UntilAsync(job.Id, JobStatus.Failed);
        (ended.Attempts.ShouldHaveSingleItem().ExitCode, ended.Cause).ShouldBe((3, "bad column (exit code 3)"));
        await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldBe($"{Counted}key=*** token=***\n***\nbad column\n"));
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await Eventually.Holds(() => Directory.EnumerateFiles(JobFolderOf(job.Id)).ShouldBeEmpty());
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_ends_while_noService_is_there_has_ended_so_and_all_that_it_printed_comes_home()
    {
        await StartAsync();
        var go = Path.Combine(Service.Folder, "go");
        var good = await Service.ShellAsync($"echo up; while [ ! -e {go} ]; do sleep 0.05; done; seq 1 20000; printf 'without an end'");
        var bad = await Service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", $"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo at last; exit 4"], MaxAttempts: 1));
        foreach (var job in (Guid[])[good.Id, bad.Id]) await Eventually.Holds(() => Service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await Service.KillAsync();
        await File.WriteAllTextAsync(go, "");
        await Eventually.Holds(
            () => Cluster.Store.List("jobs").Count(job => job["status"]?["conditions"] is not null).ShouldBe(2), TimeSpan.FromSeconds(20));
        await StartAsync();
        (await Service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await Service.UntilAsync(bad.Id, JobStatus.Failed)).Cause.ShouldBe("at last (exit code 4)");
        Service.Peers.LogOf(good.Id).ShouldBe("up\n" + string.Concat(Enumerable.Range(1, 20000).Select(i => $"{i}\n")) + "without an end");
        Service.Peers.LogOf(bad.Id).ShouldBe("up\nat last\n");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_ended_meanwhile_and_whose_pod_was_collected_has_ended_as_the_job_says()
    {
        await StartAsync();
        var go = Path.Combine(Service.Folder, "go");
        var good = await Service.ShellAsync($"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo down");
        var bad = await Service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", $"echo up; while [ ! -e {go} ]; do sleep 0.05; done; exit 4"], MaxAttempts: 1));
        foreach (var job in (Guid[])[good.Id, bad.Id]) await Eventually.Holds(() => Service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await Service.KillAsync();
        await File.WriteAllTextAsync(go, "");
        await Eventually.Holds(
            () => Cluster.Store.List("jobs").Count(job => job["status"]?["conditions"] is not null).ShouldBe(2), TimeSpan.FromSeconds(20));
        foreach (var pod in Cluster.Store.List("pods")) Cluster.Store.Delete("pods", pod["metadata"]!["name"]!.GetValue<string>(), "Background", 0, null);
        await StartAsync();
        (await Service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        (await Service.UntilAsync(bad.Id, JobStatus.Failed)).Cause!.ShouldStartWith("The cluster gave the job up");
        Service.Peers.LogOf(good.Id).ShouldContain("the rest of its log");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task While_theCluster_is_away_nothing_is_decided_about_what_runs_there()
    {
        await StartAsync();
        var job = await Service.ShellAsync($"{Counting}; echo done");
        await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(60));
        await Service.KillAsync();
        var refused = 0;
        Cluster.Interfere = (_, _) =>
        {
            Interlocked.Increment(ref refused);
            return new Fault(503, "ServiceUnavailable", "the server is currently unable to handle the request");
        };
        await StartAsync();
        await Eventually.Holds(() => Volatile.Read(ref refused).ShouldBeGreaterThan(5), TimeSpan.FromSeconds(60));
        Cluster.Interfere = (_, _) => null;
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        Service.Peers.LogOf(job.Id).ShouldBe($"{Counted}done\n");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_holds_nothing_up_that_runs_elsewhere()
    {
        await using var other = await ClusterServer.StartAsync();
        ClusterHost.Prepare(other);
        // The same profile once more, of another cluster, whose name comes before.
        var token = Path.Combine(Service.Folder, "token");
        (string, string)[] settings = [.. ClusterHost.Settings(other, _host.Gateway.Address, token)
            .Where(s => s.Key.StartsWith("Functions:Profiles:cluster:", StringComparison.Ordinal)).Select(s => (s.Key.Replace("cluster", "away").Replace(":", "__"), s.Value!))];
        await StartAsync(settings);
        var go = _host.Go;
        string[] command = ["sh", "-c", $"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo done"];
        var held = new List<JobInfo>();
        for (var i = 0; i < 3; i++) held.Add(await Service.SubmitAsync(new SubmitJob(Command: command) { Profile = "away" }));
        var job = await Service.SubmitAsync(new SubmitJob(Command: command));
        foreach (var one in held.Append(job)) await Eventually.Holds(() => Service.Peers.LogOf(one.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(120));
        await Service.KillAsync();
        await File.WriteAllTextAsync(go, "");
        var asked = 0;
        other.Interfere = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return new Fault(Delay: TimeSpan.FromMinutes(10));
        };
        await StartAsync(settings);
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        Volatile.Read(ref asked).ShouldBeGreaterThan(0);
        (await Service.UntilAsync(held[0].Id, JobStatus.Running)).Attempts.ShouldHaveSingleItem();
        Service.Peers.LogOf(job.Id).ShouldBe("up\ndone\n");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
    }

    [Fact]
    public async Task What_was_deleted_meanwhile_is_lost_and_the_next_attempt_begins_alone()
    {
        await StartAsync();
        // The lock is held by the program of an attempt: whoever finds it taken runs beside it.
        var trace = Path.Combine(Service.Folder, "trace");
        var script = $"exec 9> {trace}.lock; flock -n 9 || echo double >> {trace}; echo $MESH_ATTEMPT >> {trace}; echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300";
        var job = await Service.ShellAsync(script);
        await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldBe("up 1\n"), TimeSpan.FromSeconds(60));
        await Service.KillAsync();
        Cluster.Store.Delete("jobs", Cluster.Store.List("jobs").ShouldHaveSingleItem("it outlives the service")["metadata"]!["name"]!.GetValue<string>(), "Foreground", 0, null);
        await StartAsync();
        var ended = await Service.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease");
        (await File.ReadAllLinesAsync(trace)).ShouldBe(["1", "2"]);
        Service.Peers.LogOf(job.Id).ShouldBe("up 1\nup 2\n");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_timeout_counts_from_the_beginning_and_an_abort_reaches_what_was_taken_over()
    {
        await StartAsync();
        var late = await Service.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"], TimeoutSeconds: 12));
        var aborted = await Service.ShellAsync("echo up; sleep 300");
        foreach (var job in (Guid[])[late.Id, aborted.Id]) await Eventually.Holds(() => Service.Peers.LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await Service.KillAsync();
        await StartAsync();
        (await Service.Client.PostAsync($"{ServiceProcess.Jobs}/{aborted.Id}/abort", null)).EnsureSuccessStatusCode();
        (await Service.UntilAsync(aborted.Id, JobStatus.Aborted)).Attempts.ShouldHaveSingleItem();
        (await Service.UntilAsync(late.Id, JobStatus.Failed)).Attempts.ShouldHaveSingleItem().Cause.ShouldBe("ran longer than its timeout of 12 s and was ended");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task AService_that_is_to_keep_jobs_running_stops_in_order_without_them()
    {
        await StartAsync(("Functions__KeepRunningSeconds", "60"));
        var job = await Service.ShellAsync($"{Counting}; printf 'almost '; sleep 1; echo done");
        await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldContain("line 5\n"), TimeSpan.FromSeconds(60));
        await Service.StopAsync();
        Cluster.Store.List("pods").ShouldHaveSingleItem();
        await StartAsync(("Functions__KeepRunningSeconds", "60"));
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        Service.Peers.LogOf(job.Id).ShouldBe($"{Counted}almost done\n");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_stop_in_order_hands_back_what_is_not_to_run_on()
    {
        await StartAsync();
        var job = await Service.ShellAsync("echo up; [ $MESH_ATTEMPT = 2 ] || sleep 300");
        await Eventually.Holds(() => Service.Peers.LogOf(job.Id).ShouldBe("up\n"), TimeSpan.FromSeconds(60));
        await Service.StopAsync();
        await NothingIsLeftAsync();
    }

    private string JobFolderOf(Guid job) => Path.Combine(Service.Folder, "data", "jobs", ServiceProcess.Project, job.ToString());

    private Task StartAsync(params (string Key, string Value)[] more) => _host.StartAsync(more);

    private Task NothingIsLeftAsync() => _host.NothingIsLeftAsync();
}
