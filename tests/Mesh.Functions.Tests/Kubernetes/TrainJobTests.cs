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

/// <summary>Distributed jobs on a cluster with Kubeflow Trainer. Pods really run.</summary>
public sealed class TrainJobTests : IAsyncLifetime
{
    private ClusterHost _host = null!;

    private ClusterServer Cluster => _host.Cluster;

    public async ValueTask InitializeAsync() => _host = await ClusterHost.StartAsync(null, ("Functions:Profiles:cluster:Trainer", "v2"));

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Nodes_run_the_code_know_each_other_and_all_logs_come_home()
    {
        var job = await SubmitAsync(
            new(TrainingFramework.Pytorch, [new("master"), new("worker", 2)]), "echo $MESH_ROLE $MESH_REPLICA: rank $RANK of $WORLD_SIZE, node $PET_NODE_RANK of $PET_NNODES, $NCCL_DEBUG $MESH_PARAM_LR");
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        Lines(ended).ShouldBe(Enumerable.Range(0, 3).Select(i => $"[node-{i}] node {i}: rank {i} of 3, node {i} of 3, INFO 0.1"));
        ended.Attempts.ShouldHaveSingleItem();
        await NothingIsLeftAsync();
        Cluster.Misfits.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_node_that_fails_ends_the_gang_and_it_is_started_again_as_a_whole()
    {
        var job = await SubmitAsync(
            new(TrainingFramework.Plain, [new("worker", 2)], MaxRestarts: 1), "echo start $MESH_RESTART; [ $MESH_RESTART = 0 ] && { [ $RANK = 1 ] && { echo bad shard; exit 3; }; exec sleep 300; }; exit 0");
        var ended = await UntilAsync(job, JobStatus.Succeeded);
        Lines(ended).ShouldContain("[mesh] node-1: bad shard (exit code 3). The gang is started again from its checkpoint: 1 of 1.");
        Lines(ended).Count(line => line.EndsWith("start 1", StringComparison.Ordinal)).ShouldBe(2);
        ended.Attempts.ShouldHaveSingleItem();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_gang_that_failed_is_told_by_the_node_that_failed_and_not_by_those_that_were_taken_away()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 3)]), "[ $RANK != 2 ] && exec sleep 300; echo ValueError: no label; exit 4");
        var ended = await UntilAsync(job, JobStatus.Failed);
        (ended.Cause, ended.Attempts[0].ExitCode).ShouldBe(("node-2: ValueError: no label (exit code 4)", 4));
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_abort_ends_all_nodes()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).ShouldBe(["[node-0] up", "[node-1] up"]), TimeSpan.FromSeconds(40));
        (await _host.Functions.Editor.PostAsync($"{_host.Functions.Jobs}/{job.Id}/abort", null)).EnsureSuccessStatusCode();
        await UntilAsync(job, JobStatus.Aborted);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_no_attempt_owns_is_removed_with_its_runtime()
    {
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "echo up; exec sleep 300");
        await Eventually.Holds(() => Lines(job).Count.ShouldBe(2), TimeSpan.FromSeconds(40));
        var own = AttemptLabels.NameOf(job.Id.ToString(), 1);
        foreach (var (resource, name) in ((string, string)[])[("trainjobs", own), ("trainingruntimes", $"{own}-0")])
        {
            var orphan = Cluster.Store.Find(resource, name)!;
            orphan["metadata"]!["name"] = "orphan";
            orphan["metadata"]!["labels"]!["mesh/job"] = Guid.NewGuid().ToString();
            orphan["metadata"]!.AsObject().Remove("ownerReferences");
            if (resource == "trainjobs") orphan["spec"]!["suspend"] = true;
            Cluster.Store.Create(resource, orphan);
        }

        var sweep = _host.Functions.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ClusterSweep>().Single();
        await sweep.RunOnceAsync(_host.Functions.Host.Service<ProfileRegistry>().Default, default);
        await Eventually.Holds(() => Cluster.Store.List("trainjobs").Select(one => one["metadata"]!["name"]!.GetValue<string>()).ShouldBe([own]), TimeSpan.FromSeconds(10));
        Cluster.Store.List("trainingruntimes").Select(one => one["metadata"]!["name"]!.GetValue<string>()).ShouldBe([$"{own}-0"]);
        Lines(job).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_runtime_that_there_is_not_or_that_does_not_fit_is_named()
    {
        Cluster.Store.Remove("clustertrainingruntimes", "torch-distributed");
        var job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "true");
        (await UntilAsync(job, JobStatus.Failed)).Cause!.ShouldContain("has no training runtime 'torch-distributed', which is for plain there (its setting Runtimes)");
        var other = TrainerController.TorchDistributed.DeepClone().AsObject();
        other["spec"]!["template"]!["spec"]!["replicatedJobs"]![0]!["template"]!["metadata"]!["labels"]!.AsObject().Clear();
        Cluster.Store.Create("clustertrainingruntimes", other);
        job = await SubmitAsync(new(TrainingFramework.Plain, [new("worker", 2)]), "true");
        (await UntilAsync(job, JobStatus.Failed)).Cause!.ShouldContain("is not fit for Mesh: it has no job 'node'");
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_TrainJob_cannot_be_is_refused_with_the_setting()
    {
        foreach (var distributed in (List<Distribution>)
        [
            new(TrainingFramework.Tensorflow, [new("chief"), new("ps")]), new(TrainingFramework.Mpi, [new("worker", 2)]), new(TrainingFramework.Pytorch, [new("worker", 2)], Elastic: new(1, 3)),
            new(TrainingFramework.Pytorch, [new("master", 1, new(Cpus: 2)), new("worker", 2)]), new(TrainingFramework.Pytorch, [new("master"), new("worker", 2, Command: ["other"])]),
            new(TrainingFramework.Plain, [new("worker", 2)], Success: TrainingSuccess.Leader), new(TrainingFramework.Plain, [new("worker", 2)], ProcessesPerNode: 2),
        ])
        {
            await DefineAsync(distributed, "true");
            using var answer = await _host.Functions.Editor.PostAsJsonAsync(_host.Functions.Jobs, new SubmitJob("train"), MeshJson.Strict);
            answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
            var said = await answer.Content.ReadAsStringAsync();
            said.ShouldContain("job.distributed-trainer");
            said.ShouldContain("its setting Trainer is v2");
        }
    }

    private async Task DefineAsync(Distribution distributed, string script) => (await _host.Functions.Editor.PutAsJsonAsync(
        $"{_host.Functions.Functions}/train",
        new DefineFunction(FunctionKind.Process, ["sh", "main.sh"], Files: [new CodeFile("main.sh", script)]) { Distributed = distributed }, MeshJson.Strict)).EnsureSuccessStatusCode();

    private async Task<JobInfo> SubmitAsync(Distribution distributed, string script)
    {
        await DefineAsync(distributed, script);
        return await _host.Functions.SubmitAsync(new SubmitJob("train", Params: new() { ["lr"] = "0.1" }));
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

    private List<string> Lines(JobInfo job) => [.. _host.Functions.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("[mesh] ", StringComparison.Ordinal) || line.Contains("started again", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task NothingIsLeftAsync() => Eventually.Holds(
        () => new[] { "trainjobs", "trainingruntimes", "secrets", "pods" }.SelectMany(Cluster.Store.List).Select(o => o["metadata"]!["name"]!.GetValue<string>()).ShouldBeEmpty(), TimeSpan.FromSeconds(10));
}
