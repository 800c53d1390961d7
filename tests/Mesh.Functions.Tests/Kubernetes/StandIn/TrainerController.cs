using System.Text.Json.Nodes;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>Kubeflow Trainer and JobSet of the stand-in: makes the pods of TrainJobs from their runtime, as its torch plugin does, and turns their phases into conditions.</summary>
internal sealed class TrainerController(ObjectStore store, PodRunner runner) : IAsyncDisposable
{
    private const string Resource = "trainjobs";
    private readonly CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The runtime that Kubeflow Trainer installs.</summary>
    public static JsonObject TorchDistributed { get; } = JsonNode.Parse(
        """
        {
          "apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "ClusterTrainingRuntime",
          "metadata": { "name": "torch-distributed", "labels": { "trainer.kubeflow.org/framework": "torch" } },
          "spec": {
            "mlPolicy": { "numNodes": 1, "torch": {} },
            "template": { "spec": { "replicatedJobs": [ {
              "name": "node",
              "template": {
                "metadata": { "labels": { "trainer.kubeflow.org/trainjob-ancestor-step": "trainer" } },
                "spec": { "template": { "spec": { "containers": [ { "name": "node", "image": "pytorch/pytorch:2", "env": [ { "name": "NCCL_DEBUG", "value": "INFO" } ] } ] } } }
              } } ] } }
          }
        }
        """)!.AsObject();

    public void Begin()
    {
        store.Create("clustertrainingruntimes", TorchDistributed.DeepClone().AsObject());
        _running = Task.Run(ControlAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    /// <summary>What the webhook of Kubeflow Trainer says of a TrainJob that is to be made.</summary>
    public static string? Refuse(ObjectStore store, JsonObject job)
    {
        var spec = job["spec"]!;
        var (kind, name) = (spec["runtimeRef"]?["kind"]?.GetValue<string>() ?? "ClusterTrainingRuntime", spec["runtimeRef"]!["name"]!.GetValue<string>());
        if (store.Find(kind == "TrainingRuntime" ? "trainingruntimes" : "clustertrainingruntimes", name) is null) return $"{kind} \"{name}\" not found: referenced runtime does not exist";
        return (spec["trainer"]!["env"]?.AsArray() ?? []).Any(e => e!["name"]!.GetValue<string>().StartsWith("PET_", StringComparison.Ordinal)) ? "must not have reserved envs" : null;
    }

    private async Task ControlAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var changed = store.Changed;
            foreach (var job in store.List(Resource).Where(j => j["metadata"]!["deletionTimestamp"] is null))
            {
                if (job["spec"]!["suspend"]?.GetValue<bool>() == true) Hold(job);
                else if (job["status"]?["jobsStatus"] is null) Start(job);
                else Follow(job);
            }

            await changed.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Hold(JsonObject job)
    {
        if (job["status"] is not null) return;
        store.Update(Resource, Name(job), j => j["status"] = new JsonObject { ["conditions"] = new JsonArray(Condition("Suspended", "True", "Suspended", "TrainJob is suspended")) });
    }

    private void Start(JsonObject job)
    {
        var (name, trainer) = (Name(job), job["spec"]!["trainer"]!);
        store.Update(Resource, name, j => j["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(Condition("Suspended", "False", "Resumed", "TrainJob is resumed")),
            ["jobsStatus"] = new JsonArray(new JsonObject { ["name"] = "node", ["ready"] = 0, ["succeeded"] = 0, ["failed"] = 0, ["active"] = 1, ["suspended"] = 0 }),
        });
        var runtime = store.Find("trainingruntimes", job["spec"]!["runtimeRef"]!["name"]!.GetValue<string>())!["spec"]!;
        var replicated = runtime["template"]!["spec"]!["replicatedJobs"]!.AsArray().Single(r => r!["template"]!["metadata"]!["labels"]!["trainer.kubeflow.org/trainjob-ancestor-step"] is not null)!;
        var nodes = trainer["numNodes"]!.GetValue<int>();
        for (var index = 0; index < nodes; index++)
        {
            var pod = PodOf(job, replicated["template"]!["spec"]!["template"]!, index);
            var node = pod["spec"]!["containers"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == "node")!;
            node["image"] = trainer["image"]!.DeepClone();
            node["command"] = trainer["command"]!.DeepClone();
            if (trainer["resourcesPerNode"] is { } resources) node["resources"] = resources.DeepClone();
            var told = new (string Name, string Value)[]
            {
                ("PET_NNODES", $"{nodes}"), ("PET_NPROC_PER_NODE", $"{trainer["numProcPerNode"]?.GetValue<int>() ?? 1}"), ("PET_NODE_RANK", $"{index}"),
                ("PET_MASTER_ADDR", $"{name}-node-0-0.{name}"), ("PET_MASTER_PORT", "29500"),
            };
            var variables = (node["env"] ??= new JsonArray()).AsArray();
            foreach (var one in trainer["env"]?.AsArray() ?? []) variables.Add(one!.DeepClone());
            foreach (var (key, value) in told) variables.Add(new JsonObject { ["name"] = key, ["value"] = value });
            store.Create("pods", pod);
            runner.Run(Name(pod));
        }
    }

    private void Follow(JsonObject job)
    {
        var (name, uid) = (Name(job), job["metadata"]!["uid"]!.GetValue<string>());
        if (job["status"]!["conditions"]!.AsArray().Any(c => c!["type"]!.GetValue<string>() is "Complete" or "Failed")) return;
        var pods = store.List("pods").Where(p => p["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>() == uid).ToList();
        string? Phase(JsonObject pod) => pod["status"]?["phase"]?.GetValue<string>();
        if (pods.Any(p => Phase(p) == "Failed"))
        {
            End("Failed", "JobsFailed", "jobset failed due to one or more job failures");
            // The job controller takes the other pods away.
            foreach (var pod in pods.Where(p => Phase(p) is not "Failed" and not "Succeeded" && p["metadata"]!["deletionTimestamp"] is null)) store.Delete("pods", Name(pod), "Background", 1, null);
        }
        else if (pods.Count > 0 && pods.All(p => Phase(p) == "Succeeded")) End("Complete", "AllJobsCompleted", "jobset completed successfully");
        else if (pods.Any(p => Phase(p) == "Running") && job["status"]!["jobsStatus"]![0]!["ready"]!.GetValue<int>() == 0) store.Update(Resource, name, j => j["status"]!["jobsStatus"]![0]!["ready"] = 1);

        void End(string type, string reason, string message) => store.Update(Resource, name, j => j["status"]!["conditions"]!.AsArray().Add(Condition(type, "True", reason, message)));
    }

    private static JsonObject PodOf(JsonObject job, JsonNode template, int index)
    {
        var metadata = template["metadata"]!.DeepClone().AsObject();
        metadata["name"] = $"{Name(job)}-node-0-{index}-{Guid.NewGuid().ToString("N")[..5]}";
        metadata["namespace"] = job["metadata"]!["namespace"]?.DeepClone();
        var labels = metadata["labels"]!;
        labels["jobset.sigs.k8s.io/jobset-name"] = Name(job);
        labels["jobset.sigs.k8s.io/replicatedjob-name"] = "node";
        labels["batch.kubernetes.io/job-completion-index"] = $"{index}";
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "trainer.kubeflow.org/v1alpha1",
            ["kind"] = "TrainJob",
            ["name"] = Name(job),
            ["uid"] = job["metadata"]!["uid"]!.GetValue<string>(),
            ["controller"] = true,
        });
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = template["spec"]!.DeepClone(),
            ["status"] = new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray() },
        };
    }

    private static string Name(JsonObject one) => one["metadata"]!["name"]!.GetValue<string>();

    private static JsonObject Condition(string type, string status, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = ObjectStore.Now(),
    };
}
