using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Kubernetes;

/// <summary>Where a pod waits.</summary>
internal enum PodFault
{
    /// <summary>Nowhere, or for something that comes by itself.</summary>
    None,

    /// <summary>An image cannot be pulled, or a container cannot be made: that may pass, or not.</summary>
    Perhaps,

    /// <summary>It cannot become better.</summary>
    Certain,
}

/// <summary>What the status of a pod says of an attempt. Pure.</summary>
/// <param name="Waits">Why the program does not run yet, in a sentence; null when it does, or did.</param>
/// <param name="Fault">Whether what it waits for may never come.</param>
/// <param name="End">How the attempt ended; null while it has not.</param>
/// <param name="Started">The containers that have begun, in the pod's order.</param>
/// <param name="MainEnded">Whether the program has ended.</param>
internal sealed record PodReading(string? Waits, PodFault Fault, ExecutionEnd? End, IReadOnlySet<string> Started, bool MainEnded)
{
    // Exit codes of a program that was ended by SIGKILL, and by SIGTERM.
    private const int Killed = 128 + 9;
    private const int Asked = 128 + 15;

    /// <summary>The end of a pod that is gone, and that Mesh did not delete.</summary>
    public static ExecutionEnd Deleted { get; } = new(null, "The pod was deleted by somebody else, or its node is gone") { Code = CauseCode.Deleted };

    private static readonly HashSet<string> Hopeless = ["InvalidImageName", "ErrImageNeverPull"];

    public static PodReading Of(V1Pod pod)
    {
        var containers = (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []).ToList();
        var started = containers.Where(c => c.State?.Running is not null || c.State?.Terminated is not null).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        var mainEnded = containers.Any(c => c.Name == PodPlan.Main && c.State?.Terminated is not null);
        var end = EndOf(pod, containers);
        var (waits, fault) = end is not null || started.Contains(PodPlan.Main) ? (null, PodFault.None) : WaitOf(pod, containers);
        return new PodReading(waits, fault, end, started, mainEnded);
    }

    private static ExecutionEnd? EndOf(V1Pod pod, List<V1ContainerStatus> containers)
    {
        // What happened to the pod as a whole comes before the exit codes that it left behind.
        var goes = pod.Metadata?.DeletionTimestamp is not null;
        if ((goes || pod.Status?.Phase == "Failed") && OfPod(pod) is { } whole) return whole;
        foreach (var container in containers)
        {
            if (container.State?.Terminated is not { ExitCode: not 0 } ended) continue;
            return goes && ended.ExitCode is Killed or Asked ? Deleted : OfContainer(pod, container.Name, ended);
        }

        if (pod.Status?.Phase == "Succeeded") return new ExecutionEnd(0, null);
        return pod.Status?.Phase == "Failed" ? new ExecutionEnd(null, $"The pod failed{Because(pod.Status.Message ?? pod.Status.Reason)}") : null;
    }

    private static ExecutionEnd? OfPod(V1Pod pod)
    {
        if (pod.Status is null) return null;
        if (pod.Status.Reason == "Evicted") return new ExecutionEnd(null, $"The pod was evicted from its node{Because(pod.Status.Message)}") { Code = CauseCode.Evicted };
        if (pod.Status.Reason == "DeadlineExceeded") return new ExecutionEnd(null, "The cluster ended the pod: its job was active for longer than it may") { Code = CauseCode.TimeOut };
        if (pod.Status.Reason is "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated")
            return new ExecutionEnd(null, $"The node of the pod went away{Because(pod.Status.Message)}") { Code = CauseCode.NodeLost };
        return pod.Status.Conditions?.FirstOrDefault(c => c is { Type: "DisruptionTarget", Status: "True" }) is { } target
            ? new ExecutionEnd(null, $"The cluster took the pod away{Because(target.Message ?? target.Reason)}") { Code = CauseCode.Evicted }
            : null;
    }

    private static ExecutionEnd OfContainer(V1Pod pod, string name, V1ContainerStateTerminated ended)
    {
        var said = ended.Message?.Trim().Split('\n')[^1];
        if (ended.Reason is "StartError" or "ContainerCannotRun") return new ExecutionEnd(null, $"The {Words(name)} could not be started{Because(ended.Message)}");
        return name switch
        {
            PodPlan.Main when ended.Reason == "OOMKilled" => new ExecutionEnd(ended.ExitCode, $"memory limit {LimitOf(pod)}exceeded: the cluster ended the program (OOMKilled)") { Code = CauseCode.MemoryLimit },
            PodPlan.Main => new ExecutionEnd(ended.ExitCode, ""),
            PodPlan.Packages => new ExecutionEnd(null, $"The packages of the job could not be installed{Because(said ?? ended.Reason)}"),
            // The stage says itself, in its last line, what the user should read.
            _ => new ExecutionEnd(null, said ?? $"The {Words(name)} ended with exit code {ended.ExitCode} ({ended.Reason})"),
        };
    }

    private static (string? Waits, PodFault Fault) WaitOf(V1Pod pod, List<V1ContainerStatus> containers)
    {
        if (pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "False" }) is { } unscheduled)
            return ($"No node takes the pod{Because(unscheduled.Message)}", PodFault.None);
        foreach (var container in containers)
        {
            if (container.State?.Waiting is not { Reason: { } reason } waiting || reason is "PodInitializing" or "ContainerCreating") continue;
            var sentence = reason is "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull" or "ImageInspectError" or "RegistryUnavailable"
                ? $"The image {container.Image} cannot be pulled ({reason}){Because(waiting.Message)}"
                : $"The {Words(container.Name)} cannot be started ({reason}){Because(waiting.Message)}";
            return (sentence, Hopeless.Contains(reason) ? PodFault.Certain : PodFault.Perhaps);
        }

        return (null, PodFault.None);
    }

    private static string LimitOf(V1Pod pod)
    {
        var main = (pod.Spec?.InitContainers ?? []).Concat(pod.Spec?.Containers ?? []).FirstOrDefault(c => c.Name == PodPlan.Main);
        return main?.Resources?.Limits is { } limits && limits.TryGetValue("memory", out var limit) && decimal.TryParse(limit.ToString(), out var bytes)
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1048576:0.##} MiB ")
            : "";
    }

    private static string Words(string container) => container switch
    {
        PodPlan.Stage => "preparation of the pod",
        PodPlan.Packages => "installation of packages",
        PodPlan.Keep => "keeping of outputs",
        _ => "program",
    };

    private static string Because(string? message) => string.IsNullOrWhiteSpace(message) ? "" : $": {message.Trim().TrimEnd('.')}";
}
