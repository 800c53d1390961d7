using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Doubles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>A service that dies while it follows custom resources: of training, of both generations, and of Spark.</summary>
public sealed class KilledGangFollowerTests : IAsyncLifetime
{
    private ServiceOnCluster _host = null!;

    private ServiceProcess Service => _host.Service;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ServiceOnCluster.CreateAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("pytorchjobs", "master-0", "worker-0")]
    [InlineData("trainjobs", "node-0", "node-1")]
    [InlineData("sparkapplications", "driver", "executor-1")]
    public async Task After_a_kill_the_pods_go_on_as_the_same_attempt_and_each_line_is_there_once(string resource, string first, string second)
    {
        Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await StartAsync(resource);
        var job = await _host.SubmitAsync(Function(resource, $"i=0; while [ $i -lt 80 ]; do [ $i != 40 ] || {Wait}; echo line $i; i=$((i+1)); sleep 0.02; done; echo key=$API_KEY token=$MESH_TOKEN", secrets: ["API_KEY"]));
        // A driver is followed with what its executors print.
        await _host.LogHoldsAsync(job, $"[{first}] line 5", resource == "sparkapplications" ? $"[{second}] executor 1 is up" : $"[{second}] line 5");
        await Service.KillAsync();
        Service.Peers.Secrets["API_KEY"] = "changed-since";
        await StartAsync(resource);
        await _host.LogHoldsAsync(job, $"[{first}] line 39");
        await File.WriteAllTextAsync(_host.Go, "");
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(0);
        string[] expected = [.. Enumerable.Range(0, 80).Select(i => $"line {i}"), "key=*** token=***"];
        LinesOf(job, first).ShouldBe(expected);
        LinesOf(job, second).ShouldBe(resource == "sparkapplications" ? ["executor 1 is up"] : expected);
        Cluster.Store.List(resource).Count.ShouldBeLessThanOrEqualTo(1);
        await _host.NothingIsLeftAsync();
        Cluster.Misfits.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("sparkapplications", "driver", false)]
    [InlineData("pytorchjobs", "master-0", true)]
    [InlineData("trainjobs", "node-0", true)]
    [InlineData("sparkapplications", "driver", true)]
    public async Task What_ends_while_no_service_is_there_has_ended_so(string resource, string first, bool isCollected)
    {
        await StartAsync(resource);
        var good = await _host.SubmitAsync(Function(resource, $"echo up; {Wait}; seq 1 2000; echo down"));
        var bad = await _host.SubmitAsync(Function(resource, $"echo up; {Wait}; echo at last; exit 4"), attempts: 1);
        foreach (var job in (JobInfo[])[good, bad]) await _host.LogHoldsAsync(job, $"[{first}] up");
        await Service.KillAsync();
        await File.WriteAllTextAsync(_host.Go, "");
        await Eventually.Holds(() => Cluster.Store.List(resource).Count(HasEnded).ShouldBe(2), TimeSpan.FromSeconds(30));
        if (isCollected) foreach (var pod in Cluster.Store.List("pods")) Cluster.Store.Delete("pods", pod["metadata"]!["name"]!.GetValue<string>(), "Background", 0, null);
        if (isCollected) await Eventually.Holds(() => Cluster.Store.List("pods").ShouldBeEmpty(), TimeSpan.FromSeconds(20));
        await StartAsync(resource);
        (await Service.UntilAsync(good.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        var failed = await Service.UntilAsync(bad.Id, JobStatus.Failed);
        failed.Attempts.ShouldHaveSingleItem();
        if (isCollected)
        {
            failed.Cause!.ShouldStartWith(resource == "sparkapplications" ? "The Spark application failed: driver container failed" : "The cluster gave the training up");
            Service.Peers.LogOf(good.Id).ShouldContain("[mesh] The pods are gone, and the rest of their logs with them");
        }
        else
        {
            failed.Cause!.ShouldMatch(@"^[a-z]+(-\d)?: at last \(exit code 4\)$");
            LinesOf(good, first).ShouldBe(["up", .. Enumerable.Range(1, 2000).Select(i => $"{i}"), "down"]);
            // Of a TrainJob the other nodes were taken away.
            LinesOf(bad, failed.Cause!.Split(':')[0]).ShouldBe(["up", "at last"]);
        }

        await _host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_was_deleted_meanwhile_is_lost_and_tried_again()
    {
        await StartAsync("trainjobs");
        var job = await _host.SubmitAsync(Function("trainjobs", "echo up $MESH_ATTEMPT; [ $MESH_ATTEMPT = 2 ] || sleep 300"));
        await _host.LogHoldsAsync(job, "[node-0] up 1");
        await Service.KillAsync();
        Cluster.Store.Delete("trainjobs", AttemptLabels.NameOf(job.Id.ToString(), 1), "Foreground", 0, null);
        await StartAsync("trainjobs");
        var ended = await Service.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts[0].Cause!.ShouldContain("lost its lease");
        LinesOf(job, "node-0").ShouldBe(["up 1", "up 2"]);
        await _host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_gang_that_was_taken_over_is_started_again_with_all_that_it_was_told()
    {
        Service.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        await StartAsync("pytorchjobs");
        var job = await _host.SubmitAsync(Function(
            "pytorchjobs", $"echo start $MESH_RESTART; [ $MESH_RESTART = 1 ] && {{ [ $API_KEY = s3cr3t-value ]; exit $?; }}; {Wait}; echo bad shard; exit 3", restarts: 1, secrets: ["API_KEY"]));
        await _host.LogHoldsAsync(job, "[master-0] start 0");
        await Service.KillAsync();
        Service.Peers.Secrets["API_KEY"] = "changed-since";
        await StartAsync("pytorchjobs");
        await File.WriteAllTextAsync(_host.Go, "");
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        Service.Peers.LogOf(job.Id).ShouldContain("bad shard (exit code 3). The gang is started again from its checkpoint: 1 of 1.");
        LinesOf(job, "master-0").Where(line => line.StartsWith("start", StringComparison.Ordinal)).ShouldBe(["start 0", "start 1"]);
        await _host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_gang_whose_service_dies_between_two_starts_is_started_again()
    {
        await StartAsync("trainjobs");
        var job = await _host.SubmitAsync(Function("trainjobs", $"echo start $MESH_RESTART; [ $MESH_RESTART = 1 ] && exit 0; {Wait}; exit 3", restarts: 1));
        await _host.LogHoldsAsync(job, "[node-0] start 0");
        // The second start is not made.
        Cluster.Interfere = (verb, what) => verb == "patch" && what.StartsWith("trainjobs/", StringComparison.Ordinal) ? new Fault(503, "ServiceUnavailable", "later") : null;
        await File.WriteAllTextAsync(_host.Go, "");
        await Eventually.Holds(() => Cluster.Store.List("trainjobs").ShouldBeEmpty(), TimeSpan.FromSeconds(30));
        await _host.LogHoldsAsync(job, "[mesh] The cluster cannot be reached; it is tried again: later");
        await Service.KillAsync();
        Cluster.Interfere = (_, _) => null;
        await StartAsync("trainjobs");
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        LinesOf(job, "node-0").ShouldBe(["start 0", "start 1"]);
        await _host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_service_that_is_to_keep_jobs_running_stops_in_order_without_a_gang()
    {
        await StartAsync("pytorchjobs", ("Functions__KeepRunningSeconds", "60"));
        var job = await _host.SubmitAsync(Function("pytorchjobs", $"echo up; printf 'almost '; {Wait}; echo done"));
        await _host.LogHoldsAsync(job, "[master-0] up");
        await Service.StopAsync();
        Cluster.Store.List("pods").Count.ShouldBe(2);
        await StartAsync("pytorchjobs", ("Functions__KeepRunningSeconds", "60"));
        await File.WriteAllTextAsync(_host.Go, "");
        (await Service.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.ShouldHaveSingleItem();
        foreach (var label in (string[])["master-0", "worker-0"]) string.Concat(LinesOf(job, label)).ShouldBe("upalmost done");
        await _host.NothingIsLeftAsync();
    }

    private string Wait => $"while [ ! -e {_host.Go} ]; do sleep 0.05; done";

    private Task StartAsync(string resource, params (string Key, string Value)[] more) =>
        _host.StartAsync([.. more, .. resource == "trainjobs" ? [("Functions__Profiles__cluster__Trainer", "v2")] : ((string, string)[])[]]);

    private static DefineFunction Function(string resource, string script, int restarts = 0, string[]? secrets = null) => resource == "sparkapplications"
        ? new DefineFunction(FunctionKind.Process, Files: [new CodeFile("it.py", script)], Secrets: secrets) { Spark = new(SparkType.Python, "it.py", "3.5.3") }
        : new DefineFunction(FunctionKind.Process, ["sh", "main.sh"], Files: [new CodeFile("main.sh", script)], Secrets: secrets) { Distributed = new(TrainingFramework.Plain, [new("worker", 2)], MaxRestarts: restarts) };

    private static bool HasEnded(System.Text.Json.Nodes.JsonObject one) =>
        one["status"]?["conditions"]?.AsArray().Any(c => c!["type"]!.GetValue<string>() is "Succeeded" or "Complete" or "Failed") == true
        || one["status"]?["applicationState"]?["state"]?.GetValue<string>() is "COMPLETED" or "FAILED";

    /// <summary>What one pod has printed, in order.</summary>
    private List<string> LinesOf(JobInfo job, string label) => [.. Service.Peers.LogOf(job.Id).Split('\n')
        .Where(line => line.StartsWith($"[{label}] ", StringComparison.Ordinal)).Select(line => line[(label.Length + 3)..])];
}
