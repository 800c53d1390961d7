using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Spark;

/// <summary>What the state of a Spark application, and its pods, say of an attempt. Pure.</summary>
internal static class SparkReading
{
    /// <summary>The label by which Spark tells its pods apart: driver or executor.</summary>
    public const string RoleLabel = "spark-role";

    /// <summary>The label that numbers executors, from 1.</summary>
    public const string ExecutorLabel = "spark-exec-id";

    /// <summary>How the application says that it ended; null while it has not. What is failing or succeeding has not yet.</summary>
    public static ExecutionEnd? EndOf(ApplicationState? state) => state?.State switch
    {
        "COMPLETED" => new ExecutionEnd(0, null),
        "FAILED" => new ExecutionEnd(null, $"The Spark application failed{Because(state)}"),
        "SUBMISSION_FAILED" => new ExecutionEnd(null, $"The Spark application could not be submitted{Because(state)}"),
        _ => null,
    };

    /// <summary>What it waits for, in a sentence; null when it runs or has ended.</summary>
    public static string? WaitOf(ApplicationState? state) => state?.State switch
    {
        null or "" or "NEW" => "The Spark operator has not taken the application yet",
        "SUBMITTED" => "The Spark application is submitted",
        "PENDING_RERUN" => $"The Spark application is run again by its operator{Because(state)}",
        "INVALIDATING" => "The Spark application was changed, and its operator begins it anew",
        "SUSPENDING" or "SUSPENDED" => $"The Spark application is held back{Because(state)}",
        "RESUMING" => "The Spark application goes on after it was held back",
        "UNKNOWN" => $"The Spark operator does not know where the application is{Because(state)}",
        "RUNNING" or "SUCCEEDING" or "FAILING" or "COMPLETED" or "FAILED" or "SUBMISSION_FAILED" => null,
        var other => $"The Spark application is in the state {other}{Because(state)}",
    };

    /// <summary>Whether a pod is the driver's.</summary>
    public static bool IsDriver(V1Pod pod) => pod.Metadata.Labels.TryGetValue(RoleLabel, out var role) && role == "driver";

    /// <summary>How a pod is told apart: the driver, and executors by their number.</summary>
    public static string LabelOf(V1Pod pod) => IsDriver(pod) ? "driver" : pod.Metadata.Labels.TryGetValue(ExecutorLabel, out var number) ? $"executor-{number}" : "executor";

    private static string Because(ApplicationState state) => string.IsNullOrWhiteSpace(state.ErrorMessage) ? "" : $": {state.ErrorMessage.Trim().TrimEnd('.').ReplaceLineEndings(" ")}";
}
