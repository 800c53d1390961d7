using k8s.Models;

namespace Mesh.Functions.Kubernetes.Custom;

/// <summary>Pods that an operator has made. Pure.</summary>
internal static class CustomPod
{
    /// <summary>What the status of a pod says, whose program has the name that its operator asks for.</summary>
    public static PodReading Read(V1Pod pod) => PodReading.Of(new V1Pod
    {
        Metadata = pod.Metadata,
        Spec = pod.Spec is null ? null : new V1PodSpec { Containers = [.. pod.Spec.Containers.Select(c => new V1Container { Name = PodPlan.Main, Resources = c.Resources })] },
        Status = pod.Status is not { } status ? null : new V1PodStatus
        {
            Phase = status.Phase,
            Reason = status.Reason,
            Message = status.Message,
            Conditions = status.Conditions,
            InitContainerStatuses = status.InitContainerStatuses,
            ContainerStatuses = [.. (status.ContainerStatuses ?? []).Select(c => new V1ContainerStatus { Name = PodPlan.Main, Image = c.Image, State = c.State })],
        },
    });
}
