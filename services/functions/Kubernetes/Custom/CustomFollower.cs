using System.Collections.Concurrent;
using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Kubernetes.Custom;

/// <summary>Follows a custom resource: the logs of all of its pods, and its end, which is that of the first pod that decides and fails, or of the resource.</summary>
/// <param name="wasThere">Whether the resource was found and not made: what is watched knows it then, or it is gone.</param>
internal sealed class CustomFollower(
    ICustomKind kind, Cluster cluster, ClusterWatch<CustomObject> objects, CustomObject made, bool wasThere, AttemptExecution execution, PodRecord record, Func<Task> begun, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogsClose = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Task> _logs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string?> _lastLines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _faults = new(StringComparer.Ordinal);
    private readonly long _since = clock.GetTimestamp();
    private string? _said;
    private bool _isMade = wasThere;
    private bool _hasBegun;

    /// <returns>How it ended.</returns>
    public async Task<ExecutionEnd> RunAsync(CancellationToken stop)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            var (end, failed) = await UntilEndedAsync(reading.Token, stop);
            if (failed is not null && _logs.TryGetValue(failed.Metadata.Name, out var last)) await Task.WhenAny(last, Task.Delay(LogsClose, stop));
            if (failed is null) await Task.WhenAny(Task.WhenAll(_logs.Values), Task.Delay(LogsClose, stop));
            stop.ThrowIfCancellationRequested();
            if (failed is null) return end;
            var cause = end is { ExitCode: > 0 and var code, Cause: "" } ? ProcessExecutor.CauseOf(code, _lastLines.GetValueOrDefault(failed.Metadata.Name)) : end.Cause;
            return end with { Cause = $"{kind.LabelOf(failed)}: {cause}" };
        }
        finally
        {
            await reading.CancelAsync();
            await Task.WhenAll(_logs.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(ExecutionEnd End, V1Pod? Failed)> UntilEndedAsync(CancellationToken reading, CancellationToken stop)
    {
        while (true)
        {
            var changed = Task.WhenAny(cluster.Pods.Changed, objects.Changed);
            // Before they are looked at: what is not there then is not there.
            var (isListed, arePodsListed) = (objects.IsListed, cluster.Pods.IsListed);
            // One that is still watched from the start before says nothing.
            var current = objects.Find(made.Metadata.Name) is { } seen && seen.Metadata.Uid == made.Metadata.Uid ? seen : null;
            var pods = cluster.Pods.All.Where(IsOurs).OrderBy(kind.LabelOf, StringComparer.Ordinal).ToList();
            string? waits = null;
            (ExecutionEnd End, V1Pod Pod, DateTime? At)? failed = null;
            foreach (var pod in pods)
            {
                var read = CustomPod.Read(pod);
                if (read.Started.Count > 0) _ = _logs.GetOrAdd(pod.Metadata.Name, _ => ReadAsync(pod, reading));
                if (read.Started.Contains(PodPlan.Main) && !_hasBegun)
                {
                    _hasBegun = true;
                    await begun();
                }

                if (!kind.Decides(pod)) continue;
                // Of several that failed, as where nobody looked for a while, the first: the others may have failed because of it.
                if (read.End is { IsSuccess: false } bad && (failed is not { } earlier || EndedAt(pod) < earlier.At)) failed = (bad, pod, EndedAt(pod));
                if (Hopeless(pod, read)) return (new ExecutionEnd(null, read.Waits) { Code = CauseCode.Image }, pod);
                if (read.Waits is { } wait) waits ??= $"{kind.LabelOf(pod)}: {wait}";
            }

            if (failed is var (fault, from, _)) return (fault, from);
            if (isListed && Gone(current) is { } gone) return (gone, null);
            if (arePodsListed && kind.EndOf(current?.Status) is { } end && (!end.IsSuccess || kind.HaveEnded(execution, pods)))
            {
                if (pods.Count == 0 && record.State.Points.Count > 0) record.Note($"The pods are gone, and the rest of their logs with them; the {made.Kind} had ended.");
                return end.IsSuccess ? (end, null) : await CauseAsync(end, reading, stop);
            }

            Say(waits ?? kind.WaitOf(current?.Status));
            if (!_hasBegun && clock.GetElapsedTime(_since) > TimeSpan.FromSeconds(cluster.Profile.Options.PendingSeconds))
                return (new ExecutionEnd(null, $"No pod had begun after {cluster.Profile.Options.PendingSeconds} s: {_said ?? "none was made"}") { Code = CauseCode.Unschedulable }, null);
            await Task.WhenAny(changed, Task.Delay(Look, clock, stop));
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The pod that made the resource fail, which it may have told before the pod itself was seen here.</summary>
    private async Task<(ExecutionEnd End, V1Pod? Failed)> CauseAsync(ExecutionEnd end, CancellationToken reading, CancellationToken stop)
    {
        var (pods, _) = await ClusterRetry.WaitOutAsync(async () => await cluster.Api.ListAsync<V1Pod>(cluster.PathOf(Cluster.PodResource), await cluster.SelectorAsync(stop), stop), null, stop);
        foreach (var pod in pods.Where(pod => IsOurs(pod) && kind.Decides(pod)))
        {
            if (CustomPod.Read(pod).End is not { IsSuccess: false } bad) continue;
            _ = _logs.GetOrAdd(pod.Metadata.Name, _ => ReadAsync(pod, reading));
            return (bad, pod);
        }

        return (end, null);
    }

    /// <summary>Pods of this start, and not of one before that is still going.</summary>
    private bool IsOurs(V1Pod pod) =>
        AttemptLabels.Read(pod.Metadata.Labels) is var (_, job, attempt) && job == execution.Job.Id && attempt == execution.Number
        && pod.Metadata.Annotations?.TryGetValue(ICustomKind.RestartAnnotation, out var restart) == true && restart == made.Metadata.Annotations[ICustomKind.RestartAnnotation];

    private ExecutionEnd? Gone(CustomObject? current)
    {
        _isMade |= current is not null;
        return _isMade && (current is null || current.Metadata.DeletionTimestamp is not null)
            ? new ExecutionEnd(null, $"The {made.Kind} was deleted by somebody else") { Code = CauseCode.Deleted }
            : null;
    }

    /// <summary>When the first of a pod's containers that failed had ended.</summary>
    private static DateTime? EndedAt(V1Pod pod) => (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? [])
        .Where(c => c.State?.Terminated is { ExitCode: not 0 }).Min(c => c.State.Terminated.FinishedAt);

    private bool Hopeless(V1Pod pod, PodReading read)
    {
        if (read.Fault == PodFault.None) return _faults.Remove(pod.Metadata.Name) && false;
        if (!_faults.TryGetValue(pod.Metadata.Name, out var since)) _faults[pod.Metadata.Name] = since = clock.GetTimestamp();
        return read.Fault == PodFault.Certain || clock.GetElapsedTime(since) >= TimeSpan.FromSeconds(cluster.Profile.Options.ImagePullSeconds);
    }

    /// <summary>Tells the user what the attempt waits for, once for each thing.</summary>
    private void Say(string? waits)
    {
        if (_hasBegun || waits is null || waits == _said || clock.GetElapsedTime(_since) < Look) return;
        _said = waits;
        record.Note($"{waits}.");
    }

    /// <summary>Takes the logs of a pod's containers, one after the other as they run.</summary>
    private async Task ReadAsync(V1Pod pod, CancellationToken ct)
    {
        var name = pod.Metadata.Name;
        var cursor = record.Of(name, kind.LabelOf(pod));
        foreach (var container in (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers).Select(c => c.Name).SkipWhile(one => cursor.Start is { } start && one != start.Container))
        {
            while (StateOf(name, container) is null)
            {
                if (cluster.Pods.Find(name) is not { } there || CustomPod.Read(there).End is not null) return;
                await Task.WhenAny(cluster.Pods.Changed, Task.Delay(Look, ct));
                ct.ThrowIfCancellationRequested();
            }

            var from = container == cursor.Start?.Container ? cursor.Start : null;
            PodLog? log = null;
            OutputLines? lines = null;
            lines = new OutputLines(text => cursor.Write(container, text, log!.Position, lines!.LastLine), execution.Mask()) { LastLine = from?.Last };
            log = new PodLog(cluster.Api, cluster.PathOf(Cluster.PodResource, name), container, lines, from?.At);
            try
            {
                await log.FollowAsync(() => StateOf(name, container) is not { Terminated: null }, ct);
            }
            finally
            {
                // What has begun of a line, and may be a secret, waits for the next service.
                if (execution.IsToLeave()) lines.Flush();
                else lines.End();
            }

            _lastLines[name] = lines.LastLine;
        }
    }

    /// <summary>The state of a container that has begun; null before.</summary>
    private V1ContainerState? StateOf(string pod, string container)
    {
        var status = cluster.Pods.Find(pod)?.Status;
        return (status?.InitContainerStatuses ?? []).Concat(status?.ContainerStatuses ?? []).FirstOrDefault(c => c.Name == container)?.State is { } state
            && (state.Running is not null || state.Terminated is not null) ? state : null;
    }
}
