using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>What the status of a TrainJob, and of its pods, says of an attempt. Pure.</summary>
internal static class TrainJobReading
{
    /// <summary>The label that numbers the pods of an indexed job: the rank of a node.</summary>
    public const string IndexLabel = "batch.kubernetes.io/job-completion-index";

    /// <summary>The label by which a JobSet tells its jobs apart.</summary>
    public const string JobLabel = "jobset.sigs.k8s.io/replicatedjob-name";

    /// <summary>How the TrainJob says that it ended; null while it has not.</summary>
    public static ExecutionEnd? EndOf(CustomStatus? status) => True(status, "Failed") is { } failed
        ? new ExecutionEnd(null, $"The cluster gave the training up{TrainingReading.Because(failed)}") { Code = failed.Reason == "DeadlineExceeded" ? CauseCode.TimeOut : null }
        : True(status, "Complete") is not null ? new ExecutionEnd(0, null) : null;

    /// <summary>What it waits for, in a sentence; null when it runs or has ended.</summary>
    public static string? WaitOf(CustomStatus? status)
    {
        if (EndOf(status) is not null) return null;
        if (True(status, "Suspended") is { } held) return $"The training is held back{TrainingReading.Because(held)}";
        if (status?.JobsStatus is not { Count: > 0 } jobs) return "Kubeflow Trainer has not taken the training yet";
        return jobs.All(job => job.Ready is null or 0) ? "The pods of the training are made" : null;
    }

    /// <summary>How a pod is told apart: its job and its number.</summary>
    public static string LabelOf(V1Pod pod) => $"{Label(pod, JobLabel) ?? TrainJobManifest.Node}-{Label(pod, IndexLabel) ?? "0"}";

    private static string? Label(V1Pod pod, string name) => pod.Metadata.Labels.TryGetValue(name, out var value) ? value : null;

    private static CustomCondition? True(CustomStatus? status, string type) => (status?.Conditions ?? []).FirstOrDefault(condition => condition.Type == type && condition.Status == "True");
}
