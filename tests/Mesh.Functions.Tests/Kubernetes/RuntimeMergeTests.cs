using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.Functions.Kubernetes.Trainer;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Kubernetes.StandIn;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>Training runtimes of Mesh, made from those of the cluster's operator.</summary>
public sealed class RuntimeMergeTests
{
    [Fact]
    public void What_the_operator_has_set_up_stays_beside_what_is_Meshs()
    {
        var theirs = TrainerController.TorchDistributed["spec"]!.DeepClone().AsObject();
        theirs["podGroupPolicy"] = new JsonObject { ["volcano"] = new JsonObject() };
        var pod = theirs["template"]!["spec"]!["replicatedJobs"]![0]!["template"]!["spec"]!["template"]!["spec"]!.AsObject();
        pod["volumes"] = new JsonArray(new JsonObject { ["name"] = "shm", ["emptyDir"] = new JsonObject { ["medium"] = "Memory" } });
        pod["nodeSelector"] = new JsonObject { ["rdma"] = "true", ["pool"] = "any" };
        pod["initContainers"] = new JsonArray(new JsonObject { ["name"] = "preflight", ["image"] = "check:1" });
        pod["containers"]![0]!["args"] = new JsonArray("theirs");
        var made = RuntimeMerge.Of("torch-distributed", JsonSerializer.SerializeToElement(theirs), Ours(), new V1ObjectMeta { Labels = new Dictionary<string, string> { ["mesh/job"] = "1" } }, 900);
        made["podGroupPolicy"]!.ToJsonString().ShouldBe("""{"volcano":{}}""");
        made["template"]!["spec"]!["failurePolicy"]!["maxRestarts"]!.GetValue<int>().ShouldBe(0);
        var job = made["template"]!["spec"]!["replicatedJobs"]![0]!["template"]!["spec"]!;
        (job["backoffLimit"]!.GetValue<int>(), job["activeDeadlineSeconds"]!.GetValue<long>()).ShouldBe((0, 900));
        job["template"]!["metadata"]!["labels"]!.ToJsonString().ShouldBe("""{"mesh/job":"1"}""");
        var merged = job["template"]!["spec"]!;
        merged["volumes"]!.AsArray().Select(v => v!["name"]!.GetValue<string>()).ShouldBe(["shm", "mesh"]);
        merged["initContainers"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()).ShouldBe(["preflight", "stage"]);
        merged["nodeSelector"]!.ToJsonString().ShouldBe("""{"rdma":"true","pool":"gpu"}""");
        merged["containers"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe(
            """{"name":"node","image":"ours:1","env":[{"name":"NCCL_DEBUG","value":"INFO"}],"command":["train"]}""");
    }

    [Fact]
    public void One_that_has_no_trainer_is_not_fit()
    {
        Should.Throw<AttemptFailedException>(() => RuntimeMerge.Of("empty", null, Ours(), new V1ObjectMeta(), 1)).Message.ShouldContain("'empty'");
        var mpi = TrainerController.TorchDistributed["spec"]!.DeepClone().AsObject();
        mpi["mlPolicy"]!["mpi"] = new JsonObject();
        Should.Throw<AttemptFailedException>(() => RuntimeMerge.Of("mpi", JsonSerializer.SerializeToElement(mpi), Ours(), new V1ObjectMeta(), 1)).Message.ShouldEndWith("it is one of mpi");
    }

    private static V1PodSpec Ours() => new()
    {
        RestartPolicy = "Never",
        NodeSelector = new Dictionary<string, string> { ["pool"] = "gpu" },
        Volumes = [new V1Volume { Name = "mesh", EmptyDir = new V1EmptyDirVolumeSource() }],
        InitContainers = [new V1Container { Name = "stage", Image = "mesh:1" }],
        Containers = [new V1Container { Name = "node", Image = "ours:1", Command = ["train"] }],
    };
}
