using System.Text.Json.Nodes;
using k8s;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Kubernetes.Trainer;
using Mesh.Functions.Profiles;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>The custom resources that distributed functions become, beside the fields that their definitions have.</summary>
public sealed class TrainingManifestTests
{
    private static readonly string[] Train = ["python3", "train.py"];

    public static TheoryData<string, Distribution> All => new()
    {
        { "pytorchjobs", new(TrainingFramework.Pytorch, [new("master", 1, new(2, 1 << 30, 1)), new("worker", 3)], ProcessesPerNode: 2, MaxRestarts: 1) },
        { "pytorchjobs", new(TrainingFramework.Pytorch, [new("worker", 3)], Elastic: new(2, 4), MaxRestarts: 3) },
        { "pytorchjobs", new(TrainingFramework.Plain, [new("worker", 3)]) },
        { "tfjobs", new(TrainingFramework.Tensorflow, [new("chief"), new("worker", 2), new("ps", 2), new("evaluator")], Success: TrainingSuccess.AllWorkers) },
        { "xgboostjobs", new(TrainingFramework.Xgboost, [new("worker", 4)]) },
        { "mpijobs", new(TrainingFramework.Mpi, [new("worker", 2)], ProcessesPerNode: 4) },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void Each_has_only_fields_that_there_are(string resource, Distribution distributed)
    {
        TrainingManifest.ResourceOf(distributed.Framework).ShouldEndWith($"/{resource}");
        StrictSchema.Faults(resource, Of(distributed)).ShouldBeEmpty();
    }

    [Fact]
    public void A_pytorch_job_has_a_master_and_workers_that_are_never_started_again_one_by_one()
    {
        var job = Of(new(TrainingFramework.Pytorch, [new("master"), new("worker", 3, new(Cpus: 1.5, MemoryBytes: 1 << 30))]));
        (Text(job, "apiVersion"), Text(job, "kind")).ShouldBe(("kubeflow.org/v1", "PyTorchJob"));
        Text(job, "spec", "nprocPerNode").ShouldBe("1");
        job["spec"]!["runPolicy"]!.ToJsonString().ShouldBe(
            """{"cleanPodPolicy":"None","ttlSecondsAfterFinished":3600,"activeDeadlineSeconds":87060,"backoffLimit":0,"suspend":true,"schedulingPolicy":{"minAvailable":4}}""");
        var worker = job["spec"]!["pytorchReplicaSpecs"]!["Worker"]!;
        (worker["replicas"]!.GetValue<int>(), Text(worker, "restartPolicy")).ShouldBe((3, "Never"));
        var program = worker["template"]!["spec"]!["containers"]![0]!;
        (Text(program, "name"), Text(program, "ports", 0, "name"), program["command"]!.ToJsonString()).ShouldBe(("pytorch", "pytorchjob-port", """["python3","train.py"]"""));
        program["resources"]!.ToJsonString().ShouldBe("""{"limits":{"memory":"1073741824"},"requests":{"cpu":"1500m","memory":"1073741824"}}""");
        worker["template"]!["spec"]!["initContainers"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()).ShouldBe(["stage"]);
        program["env"]!.AsArray().Where(e => e!["value"] is not null).Select(e => $"{e!["name"]}={e["value"]}")
            .ShouldBe(["MESH_ROLE=worker", "MESH_RESTART=2", "MESH_CHECKPOINT=/mesh/checkpoint", "MESH_CPUS=1.5", "OMP_NUM_THREADS=2", "DOTNET_PROCESSOR_COUNT=2"]);
    }

    [Fact]
    public void The_first_of_workers_alone_leads() => Of(new(TrainingFramework.Xgboost, [new("worker", 4)]))["spec"]!["xgbReplicaSpecs"]!.AsObject()
        .Select(role => $"{role.Key} {role.Value!["replicas"]}").ShouldBe(["Master 1", "Worker 3"]);

    [Fact]
    public void Several_processes_of_a_pod_are_started_by_torchrun()
    {
        var job = Of(new(TrainingFramework.Pytorch, [new("worker", 2)], ProcessesPerNode: 4, Elastic: new(1, 3), MaxRestarts: 5));
        job["spec"]!["elasticPolicy"]!.ToJsonString().ShouldBe("""{"minReplicas":1,"maxReplicas":3,"rdzvBackend":"c10d","rdzvId":"mesh-job-1","maxRestarts":5}""");
        job["spec"]!["runPolicy"]!["schedulingPolicy"]!["minAvailable"]!.GetValue<int>().ShouldBe(1);
        job["spec"]!["pytorchReplicaSpecs"]!["Worker"]!["template"]!["spec"]!["containers"]![0]!["command"]!.ToJsonString().ShouldBe("""["torchrun","--no-python","python3","train.py"]""");
    }

    [Fact]
    public void The_roles_of_tensorflow_have_their_names_and_mpirun_is_the_launchers()
    {
        var tensorflow = Of(new(TrainingFramework.Tensorflow, [new("chief"), new("worker"), new("ps"), new("evaluator")]));
        tensorflow["spec"]!["tfReplicaSpecs"]!.AsObject().Select(role => role.Key).ShouldBe(["Chief", "Worker", "PS", "Evaluator"]);
        Text(tensorflow, "spec", "successPolicy").ShouldBe("");
        var mpi = Of(new(TrainingFramework.Mpi, [new("worker", 2)], ProcessesPerNode: 4));
        (Text(mpi, "apiVersion"), mpi["spec"]!["slotsPerWorker"]!.GetValue<int>()).ShouldBe(("kubeflow.org/v2beta1", 4));
        Text(mpi, "spec", "launcherCreationPolicy").ShouldBe("WaitForWorkersReady");
        mpi["spec"]!["mpiReplicaSpecs"]!["Launcher"]!["template"]!["spec"]!["containers"]![0]!["command"]!.ToJsonString().ShouldBe("""["mpirun","-np","8","python3","train.py"]""");
    }

    [Fact]
    public void Checkpoints_lie_on_the_first_volume_that_stays()
    {
        var options = new ProfileOptions { Volumes = [new VolumeOptions { MountPath = "/data", Claim = "data", ReadOnly = true }, new VolumeOptions { MountPath = "/models", Claim = "models" }] };
        var mounts = Of(new(TrainingFramework.Plain, [new("worker")]), options)["spec"]!["pytorchReplicaSpecs"]!["Master"]!["template"]!["spec"]!["containers"]![0]!["volumeMounts"]!;
        mounts.AsArray()[^1]!.ToJsonString().ShouldBe("""{"mountPath":"/mesh/checkpoint","name":"volume-1","subPath":"mesh-checkpoints/job"}""");
    }

    [Theory]
    [InlineData("Created:True", null, null, "The pods of the training are made")]
    [InlineData("Created:True Running:True", null, null, null)]
    [InlineData("Created:True Running:False Succeeded:True", 0, null, null)]
    [InlineData("Created:True Running:False Failed:True", -1, "The cluster gave the training up (WhyFailed): said of Failed", null)]
    [InlineData("Created:True Running:False Restarting:True", null, null, "The training is started again by its operator (WhyRestarting): said of Restarting")]
    [InlineData("Created:True Suspended:True", null, null, "The training is held back (WhySuspended): said of Suspended")]
    [InlineData("", null, null, "The training operator has not taken the training yet")]
    public void Conditions_say_where_it_is(string conditions, int? exitCode, string? cause, string? waits)
    {
        var at = DateTime.UnixEpoch;
        var status = new CustomStatus([.. conditions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split(':')).Select(c =>
            new CustomCondition(c[0], c[1], $"Why{c[0]}", $"said of {c[0]}.", at = at.AddSeconds(1)))]);
        var end = TrainingReading.EndOf(status);
        (end is null ? (int?)null : end.ExitCode ?? -1, end?.Cause).ShouldBe((exitCode, cause));
        if (end is null) TrainingReading.WaitOf(status).ShouldBe(waits);
    }

    private static JsonObject Of(Distribution distributed, ProfileOptions? options = null)
    {
        options ??= new ProfileOptions();
        (options.Namespace, options.InitImage) = ("mesh-jobs", "mesh/functions:1");
        var job = Job.Create(new JobEvent.Submitted(
            Guid.Empty, "job", "default", new JobWork("train", 1, null, null, Train) { Distributed = distributed }, new Dictionary<string, string>(), [], 1, 60, 0,
            new Dictionary<string, string>(), "ada", DateTimeOffset.UnixEpoch)) with
        { Id = "job" };
        var pod = new PodPlan(
            "mesh-job-1", new Profile("cluster", ProfileExecutor.Kubernetes, 1, options), job, "ours/train:1", Train, new Dictionary<string, string>(),
            new Dictionary<string, string> { ["mesh/job"] = "job" }, "/mesh/work", HasPackages: false, HasOutputs: false);
        return JsonNode.Parse(KubernetesJson.Serialize(TrainingManifest.Of(new TrainingPlan(pod, distributed, Restart: 2), isSuspended: true)))!.AsObject();
    }

    private static string Text(JsonNode node, params object[] path) =>
        path.Aggregate(node, (at, part) => part is int index ? at[index]! : at[(string)part]!).GetValue<string>();
}
