using System.Globalization;
using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>
/// The TrainJob of a distributed job, and the training runtime that it refers to. A TrainJob can change containers of its runtime and add none, so each start has a
/// runtime of its own: the one that the cluster's operator has set up, with the containers and volumes that bring code into its nodes.
/// </summary>
internal static class TrainJobManifest
{
    /// <summary>Where TrainJobs are, below a namespace.</summary>
    public const string Resource = $"apis/{Group}/v1alpha1/trainjobs";

    /// <summary>Where training runtimes of a namespace are.</summary>
    public const string RuntimeResource = $"apis/{Group}/v1alpha1/trainingruntimes";

    /// <summary>Where training runtimes of the cluster are.</summary>
    public const string ClusterRuntimeResource = $"apis/{Group}/v1alpha1/clustertrainingruntimes";

    /// <summary>The container of the program, and the role of nodes that are no workers alone.</summary>
    public const string Node = "node";

    private const string Group = "trainer.kubeflow.org";
    private const int Port = 29500;

    /// <summary>The runtime that the operator of the cluster has set up for a framework.</summary>
    public static string RuntimeOf(TrainingFramework framework, IReadOnlyDictionary<string, string> runtimes) =>
        runtimes.TryGetValue(NameOf(framework), out var named) ? named : framework == TrainingFramework.Xgboost ? "xgboost-distributed" : "torch-distributed";

    /// <summary>A framework as settings name it.</summary>
    public static string NameOf(TrainingFramework framework) => framework.ToString().ToLowerInvariant();

    /// <summary>The TrainJob of a start.</summary>
    /// <param name="isSuspended">Whether no pod is made yet: as long as their secret is not there.</param>
    public static CustomObject Of(TrainingPlan plan, bool isSuspended)
    {
        var (role, distributed) = (RoleOf(plan.Distributed), plan.Distributed);
        var main = Pod(plan).Containers[^1];
        var isTorch = distributed.Framework == TrainingFramework.Pytorch;
        return TrainingManifest.Object(plan, $"{Group}/v1alpha1", "TrainJob", new TrainJobSpec(
            new RuntimeRef(RuntimeNameOf(plan), Group, "TrainingRuntime"),
            new TrainJobTrainer(
                main.Image, TrainingManifest.Launched(plan, role), [.. TrainingManifest.Variables(plan, role, TrainJobReading.IndexLabel), .. Ranks(plan, role)], role.Replicas,
                isTorch ? distributed.ProcessesPerNode ?? 1 : null, main.Resources),
            isSuspended));
    }

    /// <summary>The runtime of a start.</summary>
    /// <param name="basis">The <c>spec</c> of the one that it is made from.</param>
    /// <exception cref="Queue.AttemptFailedException">That has no trainer.</exception>
    public static CustomObject RuntimeOf(TrainingPlan plan, object? basis)
    {
        var name = RuntimeOf(plan.Distributed.Framework, plan.Pod.Profile.Options.Runtimes);
        var made = TrainingManifest.Object(plan, $"{Group}/v1alpha1", "TrainingRuntime", RuntimeMerge.Of(
            name, basis, Pod(plan), TrainingManifest.MetadataOf(plan), plan.Pod.Job.TimeoutSeconds + plan.Pod.Profile.Options.PendingSeconds + 600L));
        made.Metadata.Name = RuntimeNameOf(plan);
        return made;
    }

    /// <summary>All replicas together: nodes that are alike.</summary>
    private static ReplicaRole RoleOf(Distribution distributed) => distributed.Roles is [var only]
        ? only
        : distributed.Roles[0] with { Name = Node, Replicas = distributed.Roles.Sum(role => role.Replicas) };

    // One for each start, since its predecessor goes only when no TrainJob refers to it any more.
    private static string RuntimeNameOf(TrainingPlan plan) => $"{plan.Pod.Name}-{Text(plan.Restart)}";

    private static V1PodSpec Pod(TrainingPlan plan)
    {
        var role = RoleOf(plan.Distributed);
        var pod = JobManifest.Pod(plan.Pod with { Command = TrainingManifest.Launched(plan, role), Job = TrainingManifest.With(plan.Pod.Job, role.Resources) });
        pod.Containers[^1].Name = Node;
        pod.Containers[^1].VolumeMounts.Add(TrainingManifest.Checkpoint(plan.Pod));
        return pod;
    }

    /// <summary>Where the nodes find one another, for programs that torchrun does not start.</summary>
    private static IEnumerable<V1EnvVar> Ranks(TrainingPlan plan, ReplicaRole role)
    {
        yield return new V1EnvVar { Name = "RANK", ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = $"metadata.labels['{TrainJobReading.IndexLabel}']" } } };
        yield return new V1EnvVar { Name = "WORLD_SIZE", Value = Text(role.Replicas) };
        yield return new V1EnvVar { Name = "MASTER_ADDR", Value = HostOf(plan, 0) };
        yield return new V1EnvVar { Name = "MASTER_PORT", Value = Text(Port) };
        if (plan.Distributed.Framework != TrainingFramework.Xgboost || role.Replicas == 1) yield break;
        yield return new V1EnvVar { Name = "WORKER_PORT", Value = Text(Port) };
        yield return new V1EnvVar { Name = "WORKER_ADDRS", Value = string.Join(',', Enumerable.Range(1, role.Replicas - 1).Select(node => HostOf(plan, node))) };
    }

    /// <summary>The name of a node in the cluster, as its JobSet gives it.</summary>
    private static string HostOf(TrainingPlan plan, int node) => $"{plan.Pod.Name}-{Node}-0-{Text(node)}.{plan.Pod.Name}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
