using System.Net.Http.Json;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>Jobs on a cluster, and what can go wrong with it on the way. Pods really run.</summary>
public sealed class ClusterJobTests : IAsyncLifetime
{
    private ClusterHost _host = null!;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ClusterHost.StartAsync(settings: ("Functions:Profiles:cluster:RemoveSeconds", "8"));

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_function_runs_in_a_pod_with_its_code_and_its_log_comes_home_while_it_runs()
    {
        var gate = Path.GetTempFileName();
        var definition = new DefineFunction(FunctionKind.Process, ["sh", "main.sh"], Files: [new CodeFile("main.sh", $"echo begun $MESH_PARAM_LR; while [ -e {gate} ]; do sleep 0.05; done; echo done; python3 -c 'import mesh; print(mesh.param(\"lr\"))'")]);
        await DefineAsync("train", definition);
        var job = await _host.Functions.SubmitAsync(new SubmitJob("train", Params: new() { ["lr"] = "0.1" }, Resources: new JobResources(0.5, 256 << 20)));
        (job.Profile, job.Image).ShouldBe(("cluster", "ours/train:1"));
        await Eventually.Holds(() => LogOf(job).ShouldBe("begun 0.1\n"), TimeSpan.FromSeconds(40));
        (await _host.Functions.GetAsync(job.Id)).Status.ShouldBe(JobStatus.Running);
        File.Delete(gate);
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        LogOf(ended).ShouldBe("begun 0.1\ndone\n0.1\n");
        ended.Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(0);
        await NothingIsLeftAsync();
        Cluster.Misfits.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_secret_is_in_the_job_and_every_object_bears_whose_it_is()
    {
        _host.Functions.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        _host.Functions.Peers.Secrets["PASSWORD"] = "0ther-value";
        var job = await _host.Functions.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", "echo key $API_KEY; wc -c < $PASSWORD_FILE; cat $PASSWORD_FILE"], Secrets: ["API_KEY"], Environment: new() { ["PLAIN"] = "not-for-everybody" }, Params: new() { ["lr"] = "0.123456" })
        {
            SecretFiles = ["PASSWORD"],
        });
        await UntilAsync(job, JobStatus.Succeeded);
        LogOf(job).ShouldContain("key ***\n11\n***");
        LogOf(job).ShouldNotContain("-value");
        Cluster.Runner.Variables[PodPlan.Main].Keys.ShouldNotContain("PASSWORD", "it is a file alone");
        Cluster.Runner.Variables[PodPlan.Main]["API_KEY"].ShouldBe("s3cr3t-value");
        Cluster.Runner.Variables[PodPlan.Stage].Keys.ShouldNotContain("API_KEY", "the preparation is told what it needs");
        Cluster.AppliedJobs.Count.ShouldBe(2);
        foreach (var body in Cluster.AppliedJobs)
        {
            foreach (var value in (string[])["s3cr3t-value", "0ther-value", "not-for-everybody", "0.123456", Cluster.Runner.Variables[PodPlan.Main]["MESH_TOKEN"]]) body.ShouldNotContain(value);
            foreach (var label in (string[])[$"\"mesh/job\":\"{job.Id}\"", $"\"mesh/project\":\"{_host.Functions.Project}\"", "\"mesh/attempt\":\"1\"", "\"app.kubernetes.io/managed-by\":\"mesh\"", "\"team\":\"vision\"", "\"mesh/installation\":"]) body.ShouldContain(label);
            foreach (var secure in (string[])["\"runAsNonRoot\":true", "\"allowPrivilegeEscalation\":false", "\"drop\":[\"ALL\"]", "\"type\":\"RuntimeDefault\"", "\"backoffLimit\":0", "\"restartPolicy\":\"Never\"", "\"automountServiceAccountToken\":false"]) body.ShouldContain(secure);
        }
    }

    [Fact]
    public async Task A_program_that_fails_is_told_by_its_code_and_its_last_line_and_tried_again()
    {
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo no such column: label; exit 3"], MaxAttempts: 2));
        var ended = await UntilAsync(job, JobStatus.Failed);
        ended.Attempts.Select(a => (a.ExitCode, a.Cause)).ShouldBe([(3, "no such column: label (exit code 3)"), (3, "no such column: label (exit code 3)")]);
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(2);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_fails_by_name()
    {
        Cluster.Runner.RefuseImage = image => image == "ours/gone:9" ? "manifest unknown" : null;
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["true"]) { Image = "ours/gone:9" });
        var ended = await UntilAsync(job, JobStatus.Failed);
        ended.Cause!.ShouldStartWith("The image ours/gone:9 cannot be pulled (");
        ended.Cause!.ShouldEndWith("manifest unknown");
        Cluster.Runner.Begun.ShouldNotContainKey(PodPlan.Main);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Too_much_memory_an_eviction_and_a_lost_node_are_told_as_such()
    {
        foreach (var (fail, says, code) in (List<(Func<string, Task>, string, string)>)
        [
            (Cluster.Runner.KillForMemoryAsync, "memory limit 256 MiB exceeded", "memory-limit"),
            (pod => Cluster.Runner.FailAsync(pod, "Evicted", "The node was low on resource: ephemeral-storage."), "evicted from its node: The node was low on resource: ephemeral-storage", "evicted"),
            (pod => Cluster.Runner.FailAsync(pod, "NodeLost", "Node n1 which was running pod is unresponsive"), "The node of the pod went away", "node-lost"),
        ])
        {
            var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"], Resources: new JobResources(MemoryBytes: 256 << 20)));
            await fail(PodOf(job));
            (await UntilAsync(job, JobStatus.Failed)).Cause!.ShouldContain(says);
            var attempts = await _host.Functions.Editor.GetStringAsync($"{_host.Functions.Jobs}/{job.Id}/attempts");
            attempts.ShouldContain($"\"causeCode\":\"{code}\"");
            await NothingIsLeftAsync();
        }
    }

    [Fact]
    public async Task A_pod_without_a_node_says_what_it_waits_for_and_an_abort_takes_it_away()
    {
        Cluster.Runner.Unschedulable = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.";
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["true"], Resources: new JobResources(Gpus: 2)));
        await Eventually.Holds(() => LogOf(job).ShouldBe("[mesh] No node takes the pod: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.\n"), TimeSpan.FromSeconds(40));
        Cluster.AppliedJobs.ShouldAllBe(body => body.Contains("\"nvidia.com/gpu\":\"2\""));
        await AbortAsync(job);
        await UntilAsync(job, JobStatus.Aborted);
        Cluster.Runner.Begun.ShouldNotContainKey(PodPlan.Main);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_abort_ends_the_program_before_it_is_confirmed()
    {
        var trace = Path.GetTempFileName();
        var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", $"trap 'echo ended > {trace}; exit 0' TERM; echo up; while :; do sleep 0.05; done"]));
        await AbortAsync(job);
        await UntilAsync(job, JobStatus.Aborted);
        (await File.ReadAllTextAsync(trace)).ShouldBe("ended\n", "it got the time to end in order");
        await NothingIsLeftAsync();
        File.Delete(trace);
    }

    [Fact]
    public async Task An_abort_waits_for_a_cluster_that_is_away_no_longer_than_it_may_and_what_is_left_goes_when_it_is_back()
    {
        var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"]));
        Cluster.Interfere = (verb, _) => verb == "delete" ? new Fault(503, "ServiceUnavailable", "the apiserver is shutting down") : null;
        await AbortAsync(job);
        await UntilAsync(job, JobStatus.Aborted);
        var name = AttemptLabels.NameOf(job.Id.ToString(), 1);
        await Eventually.Holds(() => LogOf(job).ShouldContain($"The Kubernetes job {name} may still run: the cluster of the profile 'cluster' did not confirm within 8 s"), TimeSpan.FromSeconds(20));
        Cluster.Store.Find("jobs", name).ShouldNotBeNull();

        Cluster.Interfere = (_, _) => null;
        var sweep = _host.Functions.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ClusterSweep>().Single();
        await sweep.RunOnceAsync(_host.Functions.Host.Service<Profiles.ProfileRegistry>().Default, default);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_somebody_else_deletes_is_an_end_that_says_so()
    {
        var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"]));
        Cluster.Store.Delete("pods", PodOf(job), "Background", 0, null);
        (await UntilAsync(job, JobStatus.Failed)).Cause!.ShouldContain("The pod was deleted by somebody else");
        var other = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"]));
        Cluster.Store.Delete("jobs", AttemptLabels.NameOf(other.Id.ToString(), 1), "Foreground", 0, null);
        (await UntilAsync(other, JobStatus.Failed)).Cause!.ShouldContain("deleted by somebody else");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_cluster_that_does_not_allow_it_is_named()
    {
        Cluster.Interfere = (verb, what) => verb == "patch" && what.StartsWith("jobs", StringComparison.Ordinal) ? new Fault(403, "Forbidden", "jobs.batch is forbidden: exceeded quota") : null;
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["true"]));
        (await UntilAsync(job, JobStatus.Failed)).Cause.ShouldBe("The cluster of the profile 'cluster' does not let Mesh run the job (403 Forbidden): jobs.batch is forbidden: exceeded quota");
    }

    [Fact]
    public async Task A_cluster_that_is_slow_away_and_busy_is_waited_for()
    {
        var left = 6;
        Cluster.Interfere = (verb, what) => Interlocked.Decrement(ref left) switch
        {
            >= 4 => new Fault(429, "TooManyRequests", "slow down", RetryAfter: 0),
            >= 2 => new Fault(500, "InternalError", "etcdserver: request timed out"),
            >= 0 => new Fault(Delay: TimeSpan.FromMilliseconds(400)),
            _ => null,
        };
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo here"]));
        await UntilAsync(job, JobStatus.Succeeded);
        LogOf(job).ShouldEndWith("here\n");
        Cluster.Runner.Begun[PodPlan.Main].ShouldBe(1);
    }

    [Fact]
    public async Task A_field_that_somebody_else_owns_is_taken_back()
    {
        var queued = false;
        Cluster.Interfere = (verb, what) =>
        {
            // As a queue of the cluster holds a job back that it has just seen.
            if (verb != "patch" || !what.StartsWith("secrets", StringComparison.Ordinal) || queued) return null;
            queued = true;
            Cluster.Store.Update("jobs", what["secrets/".Length..], j => j["spec"]!["suspend"] = false, "queue");
            Cluster.Store.Update("jobs", what["secrets/".Length..], j => j["spec"]!["suspend"] = true, "queue");
            return null;
        };
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo here"]));
        await UntilAsync(job, JobStatus.Succeeded);
        queued.ShouldBeTrue();
        Cluster.AppliedJobs.Count.ShouldBe(3, "refused once, and forced");
    }

    [Fact]
    public async Task Watches_that_break_or_are_too_old_lose_nothing()
    {
        var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 2; echo end"]));
        // What is watched breaks off after a few bytes, and then its version is gone.
        var cuts = 3;
        Cluster.Interfere = (verb, _) => verb == "watch" && Interlocked.Decrement(ref cuts) >= 0 ? new Fault(CutAfter: 40) : null;
        Cluster.Store.Compact();
        await UntilAsync(job, JobStatus.Succeeded);
        LogOf(job).ShouldBe("up\nend\n");
        cuts.ShouldBeLessThan(3);
    }

    [Fact]
    public async Task A_log_that_breaks_off_again_and_again_has_each_line_once()
    {
        var cuts = 0;
        Cluster.Interfere = (verb, what) => verb == "get" && what.StartsWith("pods/log", StringComparison.Ordinal) && Interlocked.Increment(ref cuts) < 8 ? new Fault(CutAfter: 700 * cuts) : null;
        var job = await _host.Functions.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do echo line $i; printf 'and a longer one that may be cut in two %s\\n' $i; sleep 0.03; done"]));
        await UntilAsync(job, JobStatus.Succeeded);
        LogOf(job).ShouldBe(string.Concat(Enumerable.Range(1, 30).Select(i => $"line {i}\nand a longer one that may be cut in two {i}\n")));
        cuts.ShouldBeGreaterThan(4);
    }

    [Fact]
    public async Task A_line_without_end_and_bytes_that_are_no_text_come_home()
    {
        var job = await _host.Functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; printf '\\n\\377\\000z\\n'"]));
        await UntilAsync(job, JobStatus.Succeeded);
        var log = LogOf(job);
        log.Count(c => c == 'x').ShouldBe(300_000);
        log.ShouldEndWith("\n\uFFFD\uFFFDz\n");
    }

    [Fact]
    public async Task What_nobody_owns_is_swept_and_what_is_another_installations_stays()
    {
        var job = await RunningAsync(new SubmitJob(Command: ["sh", "-c", "echo up; sleep 300"]));
        var mine = Cluster.Store.Find("jobs", AttemptLabels.NameOf(job.Id.ToString(), 1))!;
        var id = mine["metadata"]!["labels"]!["mesh/installation"]!.GetValue<string>();
        Cluster.Store.Create("jobs", Orphan("orphan", id));
        Cluster.Store.Create("jobs", Orphan("foreign", Guid.NewGuid().ToString()));
        var sweep = _host.Functions.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ClusterSweep>().Single();
        await sweep.RunOnceAsync(_host.Functions.Host.Service<Profiles.ProfileRegistry>().Default, default);
        Cluster.Store.List("jobs").Select(j => j["metadata"]!["name"]!.GetValue<string>()).ShouldBe(["foreign", AttemptLabels.NameOf(job.Id.ToString(), 1)], ignoreOrder: true);
        (await _host.Functions.GetAsync(job.Id)).Status.ShouldBe(JobStatus.Running);

        System.Text.Json.Nodes.JsonObject Orphan(string name, string installation)
        {
            var copy = mine.DeepClone().AsObject();
            copy["metadata"]!["name"] = name;
            copy["metadata"]!["labels"]!["mesh/installation"] = installation;
            copy["metadata"]!["labels"]!["mesh/job"] = Guid.NewGuid().ToString();
            copy["spec"]!["suspend"] = true;
            return copy;
        }
    }

    private async Task<JobInfo> RunningAsync(SubmitJob body)
    {
        var job = await _host.Functions.SubmitAsync(body);
        await Eventually.Holds(() => LogOf(job).ShouldBe("up\n"), TimeSpan.FromSeconds(40));
        return job;
    }

    private async Task DefineAsync(string name, DefineFunction definition) =>
        (await _host.Functions.Editor.PutAsJsonAsync($"{_host.Functions.Functions}/{name}", definition, Mesh.Contracts.MeshJson.Strict)).EnsureSuccessStatusCode();

    private async Task AbortAsync(JobInfo job) => (await _host.Functions.Editor.PostAsync($"{_host.Functions.Jobs}/{job.Id}/abort", null)).EnsureSuccessStatusCode();

    private async Task<JobInfo> UntilAsync(JobInfo job, JobStatus status)
    {
        try
        {
            return await _host.Functions.UntilAsync(job.Id, status, 60);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"log: {LogOf(job)}; misfits: {string.Join("; ", Cluster.Misfits)}; requests: {string.Join(", ", Cluster.Requests.TakeLast(20))}", e);
        }
    }

    private string LogOf(JobInfo job) => _host.Functions.Peers.LogOf(job.Id);

    private string PodOf(JobInfo job) => Cluster.Store.List("pods").Single(p => p["metadata"]!["labels"]!["mesh/job"]!.GetValue<string>() == job.Id.ToString())["metadata"]!["name"]!.GetValue<string>();

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "jobs", "secrets", "pods" }.SelectMany(Cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(10));
}
