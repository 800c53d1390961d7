using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>Lays the pod of an attempt over the nodes of a training runtime: what is Mesh's own wins, what is the operator's beside it stays.</summary>
internal static class RuntimeMerge
{
    private const string StepLabel = "trainer.kubeflow.org/trainjob-ancestor-step";
    // Lists whose members have a name, of which those of Mesh replace their like; other lists follow one another.
    private static readonly HashSet<string> Named = ["volumes", "initContainers", "containers", "env", "ports", "volumeMounts", "imagePullSecrets"];

    /// <summary>The <c>spec</c> of the runtime.</summary>
    /// <param name="name">Name of the one that it is made from, for the words of a fault.</param>
    /// <param name="basis">Its <c>spec</c>.</param>
    /// <param name="pod">The pod of a node.</param>
    /// <param name="metadata">Labels and annotations of the pod.</param>
    /// <param name="most">Seconds after which the cluster ends the nodes by itself.</param>
    public static JsonObject Of(string name, object? basis, V1PodSpec pod, V1ObjectMeta metadata, long most)
    {
        var spec = basis is JsonElement element ? JsonNode.Parse(element.GetRawText()) as JsonObject : null;
        var jobs = spec?["template"]?["spec"]?["replicatedJobs"] as JsonArray;
        var trainer = jobs?.OfType<JsonObject>().FirstOrDefault(job => job["template"]?["metadata"]?["labels"]?[StepLabel]?.GetValue<string>() == "trainer");
        if (spec?["mlPolicy"]?["mpi"] is not null) throw Unfit(name, "it is one of mpi");
        if (trainer?["name"]?.GetValue<string>() != TrainJobManifest.Node) throw Unfit(name, $"it has no job '{TrainJobManifest.Node}' with the label {StepLabel}: trainer");
        var template = trainer["template"]!.AsObject();
        var job = Child(template, "spec");
        // The first pod that fails ends the gang, which is started again as a whole by Mesh.
        job["backoffLimit"] = 0;
        job["activeDeadlineSeconds"] = most;
        job.Remove("ttlSecondsAfterFinished");
        Child(Child(spec!, "template"), "spec")["failurePolicy"] = new JsonObject { ["maxRestarts"] = 0 };
        var node = Child(job, "template");
        Merge(Child(node, "metadata"), Json(new V1ObjectMeta { Labels = metadata.Labels, Annotations = metadata.Annotations }));
        var theirs = Child(node, "spec");
        if ((theirs["containers"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(one => Is(one, TrainJobManifest.Node)) is not { } program)
            throw Unfit(name, $"its job '{TrainJobManifest.Node}' has no container '{TrainJobManifest.Node}'");
        program.Remove("args");
        Merge(theirs, Json(pod));
        return spec!;
    }

    private static AttemptFailedException Unfit(string name, string why) => new($"The training runtime '{name}' of the cluster is not fit for Mesh: {why}");

    private static JsonObject Json(object value) => JsonNode.Parse(KubernetesJson.Serialize(value))!.AsObject();

    private static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject there) return there;
        var made = new JsonObject();
        parent[name] = made;
        return made;
    }

    private static void Merge(JsonObject theirs, JsonObject ours)
    {
        foreach (var (name, value) in ours)
        {
            if (value is JsonObject map && theirs[name] is JsonObject below) Merge(below, map);
            else if (value is JsonArray list && theirs[name] is JsonArray before && (Named.Contains(name) || name == "tolerations")) Append(before, list);
            else theirs[name] = value?.DeepClone();
        }
    }

    private static void Append(JsonArray theirs, JsonArray ours)
    {
        foreach (var one in ours.OfType<JsonObject>())
        {
            // Two mounts may be of one volume: a mount is told by its path.
            var key = one.ContainsKey("mountPath") ? "mountPath" : "name";
            var like = one[key] is { } id ? theirs.OfType<JsonObject>().FirstOrDefault(other => JsonNode.DeepEquals(other[key], id)) : null;
            if (like is null) theirs.Add(one.DeepClone());
            else Merge(like, one);
        }
    }

    private static bool Is(JsonObject one, string name) => one["name"]?.GetValue<string>() == name;
}
