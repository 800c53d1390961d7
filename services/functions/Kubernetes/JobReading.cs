using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Kubernetes;

/// <summary>What the conditions of a Kubernetes job say of an attempt whose pod is not there. Pure.</summary>
internal static class JobReading
{
    /// <summary>Whether its pod had ended well.</summary>
    public static bool IsComplete(V1Job? job) => ConditionOf(job, "Complete") is not null;

    /// <summary>How it ended when the cluster gave it up; null when it did not.</summary>
    public static ExecutionEnd? FailureOf(V1Job? job) => ConditionOf(job, "Failed") is { } failed
        ? new ExecutionEnd(null, $"The cluster gave the job up ({failed.Reason}): {failed.Message}") { Code = failed.Reason == "DeadlineExceeded" ? CauseCode.TimeOut : null }
        : null;

    private static V1JobCondition? ConditionOf(V1Job? job, string type) => job?.Status?.Conditions?.FirstOrDefault(c => c.Type == type && c.Status == "True");
}
