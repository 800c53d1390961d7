using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>What the status of a training resource, and of its pods, says of an attempt. Pure.</summary>
internal static class TrainingReading
{
    private const string TypeLabel = "training.kubeflow.org/replica-type";
    /// <summary>The label that numbers a pod within its role.</summary>
    public const string IndexLabel = "training.kubeflow.org/replica-index";

    /// <summary>How the resource says that it ended; null while it has not. Its newest condition that is true counts.</summary>
    public static ExecutionEnd? EndOf(CustomStatus? status)
    {
        foreach (var condition in (status?.Conditions ?? []).Where(c => c.Status == "True").OrderByDescending(c => c.LastTransitionTime))
        {
            if (condition.Type == "Succeeded") return new ExecutionEnd(0, null);
            if (condition.Type == "Failed") return new ExecutionEnd(null, $"The cluster gave the training up{Because(condition)}");
        }

        return null;
    }

    /// <summary>What it waits for, in a sentence; null when it runs or has ended.</summary>
    public static string? WaitOf(CustomStatus? status) => (status?.Conditions ?? []).Where(c => c.Status == "True").MaxBy(c => c.LastTransitionTime) switch
    {
        null => "The training operator has not taken the training yet",
        { Type: "Suspended" } condition => $"The training is held back{Because(condition)}",
        { Type: "Created" } => "The pods of the training are made",
        { Type: "Restarting" } condition => $"The training is started again by its operator{Because(condition)}",
        _ => null,
    };

    /// <summary>The role of a pod.</summary>
    public static string RoleOf(V1Pod pod) => pod.Metadata.Labels.TryGetValue(TypeLabel, out var type) ? type.ToLowerInvariant() : "pod";

    /// <summary>How a pod is told apart: its role and its number.</summary>
    public static string LabelOf(V1Pod pod) => $"{RoleOf(pod)}-{(pod.Metadata.Labels.TryGetValue(IndexLabel, out var index) ? index : "0")}";

    public static string Because(CustomCondition condition) => (condition.Reason, condition.Message) switch
    {
        (null or "", null or "") => "",
        ({ } reason, null or "") => $" ({reason})",
        (null or "", { } message) => $": {message.Trim().TrimEnd('.')}",
        var (reason, message) => $" ({reason}): {message.Trim().TrimEnd('.')}",
    };
}
