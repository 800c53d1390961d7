using System.Text.Json.Nodes;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>The training operator of the stand-in: makes the pods of PyTorchJobs with what they are told of each other, and turns their phases into conditions.</summary>
internal sealed class TrainingOperator(ObjectStore store, PodRunner runner) : IAsyncDisposable
{
    private const string Resource = "pytorchjobs";
    private readonly CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;

    public void Begin() => _running = Task.Run(ControlAsync);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task ControlAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var changed = store.Changed;
            foreach (var job in store.List(Resource).Where(j => j["metadata"]!["deletionTimestamp"] is null && j["spec"]!["runPolicy"]!["suspend"]?.GetValue<bool>() != true))
            {
                if (job["status"]?["startTime"] is null) Start(job);
                else Follow(job);
            }

            await changed.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Start(JsonObject job)
    {
        var name = job["metadata"]!["name"]!.GetValue<string>();
        store.Update(Resource, name, j => j["status"] = new JsonObject { ["startTime"] = ObjectStore.Now(), ["conditions"] = new JsonArray(Condition("Created", "PyTorchJobCreated")) });
        var specs = job["spec"]!["pytorchReplicaSpecs"]!.AsObject();
        var (port, rank, world) = (ServiceHost.FreePort(), 0, specs.Sum(s => s.Value!["replicas"]!.GetValue<int>()));
        foreach (var (type, spec) in specs.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            for (var index = 0; index < spec!["replicas"]!.GetValue<int>(); index++)
            {
                var pod = PodOf(job, spec["template"]!, $"{name}-{type.ToLowerInvariant()}-{index}", type.ToLowerInvariant(), index);
                var told = new (string Name, string Value)[] { ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", $"{port}"), ("WORLD_SIZE", $"{world}"), ("RANK", $"{rank++}") };
                var variables = (pod["spec"]!["containers"]![0]!["env"] ??= new JsonArray()).AsArray();
                foreach (var (key, value) in told) variables.Add(new JsonObject { ["name"] = key, ["value"] = value });
                store.Create("pods", pod);
                runner.Run(pod["metadata"]!["name"]!.GetValue<string>());
            }
        }
    }

    private void Follow(JsonObject job)
    {
        var (name, uid) = (job["metadata"]!["name"]!.GetValue<string>(), job["metadata"]!["uid"]!.GetValue<string>());
        if (job["status"]!["completionTime"] is not null) return;
        var pods = store.List("pods").Where(p => p["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>() == uid).ToList();
        string? Phase(JsonObject pod) => pod["status"]?["phase"]?.GetValue<string>();
        var types = job["status"]!["conditions"]!.AsArray().Select(c => c!["type"]!.GetValue<string>()).ToList();
        if (pods.FirstOrDefault(p => Phase(p) == "Failed") is { } failed) End("Failed", $"PyTorchJob {name} is failed because 1 replica(s) failed: {failed["metadata"]!["name"]}");
        else if (pods.Any(p => p["metadata"]!["labels"]!["training.kubeflow.org/replica-type"]!.GetValue<string>() == "master" && Phase(p) == "Succeeded")) End("Succeeded", $"PyTorchJob {name} is successfully completed.");
        else if (!types.Contains("Running") && pods.Any(p => Phase(p) == "Running")) store.Update(Resource, name, j => j["status"]!["conditions"]!.AsArray().Add(Condition("Running", "PyTorchJobRunning")));

        void End(string type, string message) => store.Update(Resource, name, j =>
        {
            foreach (var condition in j["status"]!["conditions"]!.AsArray().Where(c => c!["type"]!.GetValue<string>() == "Running")) condition!["status"] = "False";
            j["status"]!["conditions"]!.AsArray().Add(Condition(type, $"PyTorchJob{type}", message));
            j["status"]!["completionTime"] = ObjectStore.Now();
        });
    }

    private static JsonObject PodOf(JsonObject job, JsonNode template, string name, string type, int index)
    {
        var metadata = template["metadata"]!.DeepClone().AsObject();
        metadata["name"] = name;
        metadata["namespace"] = job["metadata"]!["namespace"]?.DeepClone();
        var labels = metadata["labels"]!;
        labels["training.kubeflow.org/job-name"] = job["metadata"]!["name"]!.GetValue<string>();
        labels["training.kubeflow.org/replica-type"] = type;
        labels["training.kubeflow.org/replica-index"] = $"{index}";
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "kubeflow.org/v1",
            ["kind"] = "PyTorchJob",
            ["name"] = job["metadata"]!["name"]!.GetValue<string>(),
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

    private static JsonObject Condition(string type, string reason, string message = "") => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastUpdateTime"] = ObjectStore.Now(),
        ["lastTransitionTime"] = ObjectStore.Now(),
    };
}
