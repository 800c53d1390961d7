using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Profiles;
using Mesh.Functions.Tests.Kubernetes.StandIn;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>Distributed jobs on a cluster with a training operator. Pods really run.</summary>
public sealed class TrainingJobTests : IAsyncLifetime
{
    private ClusterHost _host = null!;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ClusterHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_gang_runs_as_pods_that_know_each_other_and_all_logs_come_home()
    {
        var job = await SubmitAsync(new(TrainingFramework.Pytorch, [new("master"), new("worker", 2)]), "echo $MESH_ROLE $MESH_REPLICA: rank $RANK of $WORLD_SIZE at $MASTER_ADDR");
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        Lines(ended).ShouldBe(["[master-0] master 0: rank 0 of 3 at 127.0.0.1", "[worker-0] worker 0: rank 1 of 3 at 127.0.0.1", "[worker-1] worker 1: rank 2 of 3 at 127.0.0.1"]);
        ended.Attempts.ShouldHaveSingleItem();
        await NothingIsLeftAsync();
        Cluster.Misfits.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_pod_that_fails_ends_the_gang_and_it_is_started_again_as_a_whole()
    {
        var job = await SubmitAsync(
            new(TrainingFramework.Plain, [new("worker", 2)], MaxRestarts: 1), "echo start $MESH_RESTART; [ $MESH_RESTART = 0 ] && { [ $RANK = 1 ] && { echo bad shard; exit 3; }; exec sleep 300; }; exit 0");
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        Lines(ended).ShouldContain("[mesh] worker-0: bad shard (exit code 3). The gang is started again from its checkpoint: 1 of 1.");
        Lines(ended).Count(line => line.EndsWith("start 1", StringComparison.Ordinal)).ShouldBe(2);
        ended.Attempts.ShouldHaveSingleItem();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_gang_that_failed_too_often_is_told_by_the_pod_that_failed()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "[ $RANK = 0 ] && exec sleep 300; echo ValueError: no label; exit 4");
        var ended = await UntilAsync(job, JobStatus.Failed);
        (ended.Cause, ended.Attempts[0].ExitCode).ShouldBe(("worker-0: ValueError: no label (exit code 4)", 4));
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_abort_ends_all_pods()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).ShouldBe(["[master-0] up", "[worker-0] up"]), TimeSpan.FromSeconds(40));
        (await _host.Functions.Editor.PostAsync($"{_host.Functions.Jobs}/{job.Id}/abort", null)).EnsureSuccessStatusCode();
        await UntilAsync(job, JobStatus.Aborted);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_cluster_without_the_operator_says_so()
    {
        Cluster.Missing.Add("pytorchjobs");
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "true");
        (await UntilAsync(job, JobStatus.Failed)).Cause.ShouldBe("The cluster of the profile 'cluster' has no pytorchjobs: the training operator is not installed there");
    }

    [Fact]
    public async Task What_no_attempt_owns_is_removed()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).Count.ShouldBe(2), TimeSpan.FromSeconds(40));
        var orphan = Cluster.Store.Find("pytorchjobs", AttemptLabels.NameOf(job.Id.ToString(), 1))!;
        orphan["metadata"]!["name"] = "orphan";
        orphan["metadata"]!["labels"]!["mesh/job"] = Guid.NewGuid().ToString();
        orphan["spec"]!["runPolicy"]!["suspend"] = true;
        string[] kinds = ["pytorchjobs", "tfjobs", "xgboostjobs", "mpijobs"];
        foreach (var kind in kinds) Cluster.Store.Create(kind, orphan.DeepClone().AsObject());
        // An earlier attempt of a job that runs, and what another installation has made.
        var (earlier, others) = (orphan.DeepClone().AsObject(), orphan.DeepClone().AsObject());
        (earlier["metadata"]!["name"], earlier["metadata"]!["labels"]!["mesh/job"], earlier["metadata"]!["labels"]!["mesh/attempt"]) = ("earlier", job.Id.ToString(), "0");
        (others["metadata"]!["name"], others["metadata"]!["labels"]!["mesh/installation"]) = ("others", Guid.NewGuid().ToString());
        Cluster.Store.Create("pytorchjobs", earlier);
        Cluster.Store.Create("mpijobs", others);
        var sweep = _host.Functions.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ClusterSweep>().Single();
        await sweep.RunOnceAsync(_host.Functions.Host.Service<ProfileRegistry>().Default, default);
        kinds.SelectMany(Cluster.Store.List).Select(one => one["metadata"]!["name"]!.GetValue<string>()).ShouldBe([AttemptLabels.NameOf(job.Id.ToString(), 1), "others"]);
    }

    [Fact]
    public async Task Outputs_are_refused_where_pods_keep_none()
    {
        await DefineAsync(Define(new(TrainingFramework.Plain, [new("worker", 2)]), "true") with { Outputs = [new OutputSpec("model", "model.onnx")] });
        using var answer = await _host.Functions.Editor.PostAsJsonAsync(_host.Functions.Jobs, new SubmitJob("train"), MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("job.distributed-outputs");
    }

    private static DefineFunction Define(Distribution distributed, string script) => new(FunctionKind.Process, ["sh", "main.sh"], Files: [new CodeFile("main.sh", script)]) { Distributed = distributed };

    private async Task DefineAsync(DefineFunction definition) =>
        (await _host.Functions.Editor.PutAsJsonAsync($"{_host.Functions.Functions}/train", definition, MeshJson.Strict)).EnsureSuccessStatusCode();

    private async Task<JobInfo> SubmitAsync(Distribution distributed, string script)
    {
        await DefineAsync(Define(distributed, script));
        return await _host.Functions.SubmitAsync(new SubmitJob("train"));
    }

    private async Task<JobInfo> UntilAsync(JobInfo job, JobStatus status)
    {
        try
        {
            return await _host.Functions.UntilAsync(job.Id, status, 60);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"log: {_host.Functions.Peers.LogOf(job.Id)}; misfits: {string.Join("; ", Cluster.Misfits)}; requests: {string.Join(", ", Cluster.Requests.TakeLast(20))}", e);
        }
    }

    /// <summary>The lines of the log in the order of the alphabet, but those of what the program waits for.</summary>
    private List<string> Lines(JobInfo job) => [.. _host.Functions.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("[mesh] ", StringComparison.Ordinal) || line.Contains("started again", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "pytorchjobs", "secrets", "pods" }.SelectMany(Cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(10));
}
