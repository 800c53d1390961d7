using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Kubernetes;

/// <summary>Follows the pod of one attempt to its end: what it waits for becomes notes, what it prints the attempt's output, how it ends the attempt's end.</summary>
internal sealed class PodFollower(Cluster cluster, PodPlan plan, V1Job job, AttemptExecution execution, PodRecord record, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogsClose = TimeSpan.FromSeconds(30);
    private readonly long _since = clock.GetTimestamp();
    private volatile V1Pod? _pod;
    private long? _faultSince;
    private string? _said;
    private bool _isMade = execution.IsLeft;
    private IDisposable? _counting;

    /// <returns>How it ended.</returns>
    public async Task<ExecutionEnd> RunAsync(CancellationToken stop)
    {
        var usage = new PodUsage(cluster, () => _pod?.Metadata.Name, record, clock);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var logs = Task.CompletedTask;
        string? lastLine = null;
        try
        {
            var end = await UntilEndedAsync(async () =>
            {
                if (logs == Task.CompletedTask) logs = ReadAsync(line => lastLine = line, reading.Token);
                await usage.LookAsync(stop);
            }, stop);
            if (await Task.WhenAny(logs, Task.Delay(LogsClose, stop)) != logs) execution.Output.Note("The rest of the pod's log could not be read.");
            stop.ThrowIfCancellationRequested();
            if (end is { ExitCode: > 0 and var code, Cause: "" }) end = end with { Cause = ProcessExecutor.CauseOf(code, lastLine) };
            if (end.Cause is not null && execution.Output.Fault is { } lost) end = end with { Cause = $"{end.Cause}; its output could not be kept: {lost}" };
            return record.Ended(end);
        }
        finally
        {
            _counting?.Dispose();
            await reading.CancelAsync();
            await logs.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ExecutionEnd> UntilEndedAsync(Func<Task> begun, CancellationToken stop)
    {
        while (true)
        {
            var changed = Task.WhenAny(cluster.Pods.Changed, cluster.Jobs.Changed);
            // Before they are looked at: what is not there then is not there.
            var areListed = cluster.Jobs.IsListed && cluster.Pods.IsListed;
            var pod = cluster.Pods.All.FirstOrDefault(p => p.Metadata.OwnerReferences?.Any(o => o.Uid == job.Metadata.Uid) == true);
            if (pod is not null) _pod = pod;
            if (areListed && Gone(pod) is { } gone) return gone;
            if (pod is not null)
            {
                var read = PodReading.Of(pod);
                if (read.Started.Count > 0) await begun();
                if (read.Started.Contains(PodPlan.Main) && _counting is null) _counting = await execution.BeginAsync!();
                if (read.MainEnded) _counting?.Dispose();
                if (read.End is { } end) return end;
                if (Hopeless(read) is { } fault) return fault;
                await SayAsync(read.Waits, stop);
            }
            else
            {
                await SayAsync(null, stop);
            }

            if (_counting is null && clock.GetElapsedTime(_since) > TimeSpan.FromSeconds(cluster.Profile.Options.PendingSeconds))
                return new ExecutionEnd(null, $"The pod had not begun after {cluster.Profile.Options.PendingSeconds} s: {_said ?? "it was not made"}") { Code = CauseCode.Unschedulable };
            await Task.WhenAny(changed, Task.Delay(Look, clock, stop));
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The end of a pod, or a job, that is not there any more, or will never be.</summary>
    private ExecutionEnd? Gone(V1Pod? pod)
    {
        var current = cluster.Jobs.Find(plan.Name);
        _isMade |= current is not null;
        if (current?.Metadata.Uid is { } uid && uid != job.Metadata.Uid) return new ExecutionEnd(null, "The Kubernetes job was replaced by somebody else's") { Code = CauseCode.Deleted };
        // A pod that is collected after its end takes its log along, not what came of it.
        if (pod is null && JobReading.IsComplete(current))
        {
            execution.Output.Note("The pod is gone, and the rest of its log with it; its job was completed.");
            return new ExecutionEnd(0, null);
        }

        // One that runs already had its pod when it was found.
        if (pod is null && (_pod is not null || (execution.IsLeft && current is not null))) return JobReading.FailureOf(current) ?? PodReading.Deleted;
        if (_isMade && (current is null || current.Metadata.DeletionTimestamp is not null)) return new ExecutionEnd(null, "The Kubernetes job was deleted by somebody else") { Code = CauseCode.Deleted };
        // A pod that the cluster failed to make, or ended before it was seen here.
        return pod is null ? JobReading.FailureOf(current) : null;
    }

    private ExecutionEnd? Hopeless(PodReading read)
    {
        if (read.Fault == PodFault.None)
        {
            _faultSince = null;
            return null;
        }

        _faultSince ??= clock.GetTimestamp();
        var isOver = read.Fault == PodFault.Certain || clock.GetElapsedTime(_faultSince.Value) >= TimeSpan.FromSeconds(cluster.Profile.Options.ImagePullSeconds);
        return isOver ? new ExecutionEnd(null, read.Waits) { Code = CauseCode.Image } : null;
    }

    /// <summary>Tells the user what the attempt waits for, once for each thing.</summary>
    private async Task SayAsync(string? waits, CancellationToken ct)
    {
        if (waits is null && _counting is null && _pod is null && clock.GetElapsedTime(_since) > TimeSpan.FromSeconds(5)) waits = await WarningAsync(ct);
        if (waits is null || waits == _said) return;
        _said = waits;
        execution.Output.Note($"{waits}.");
    }

    /// <summary>Why the cluster makes no pod, as its events say.</summary>
    private async Task<string?> WarningAsync(CancellationToken ct)
    {
        try
        {
            var (events, _) = await cluster.Api.ListAsync<Corev1Event>(
                cluster.PathOf(Cluster.EventResource), $"fieldSelector={Uri.EscapeDataString($"involvedObject.name={plan.Name},type=Warning")}", ct);
            return events.MaxBy(e => e.LastTimestamp ?? e.EventTime ?? DateTime.MinValue) is { } last ? $"The cluster makes no pod ({last.Reason}): {last.Message.TrimEnd('.')}" : null;
        }
        catch (ClusterException)
        {
            return null;
        }
    }

    /// <summary>Takes the logs of the containers, one after the other as they run.</summary>
    private async Task ReadAsync(Action<string?> mainSaid, CancellationToken ct)
    {
        var cursor = record.Of(_pod!.Metadata.Name);
        var start = cursor.Start;
        foreach (var container in plan.Containers.SkipWhile(name => start is not null && name != start.Container))
        {
            while (!PodReading.Of(_pod!).Started.Contains(container))
            {
                if (PodReading.Of(_pod!).End is not null) return;
                await Task.WhenAny(cluster.Pods.Changed, Task.Delay(Look, ct));
                ct.ThrowIfCancellationRequested();
            }

            var from = container == start?.Container ? start : null;
            PodLog? log = null;
            OutputLines? lines = null;
            lines = new OutputLines(text => cursor.Write(container, text, log!.Position, lines!.LastLine), execution.Mask()) { LastLine = from?.Last };
            log = new PodLog(cluster.Api, cluster.PathOf(Cluster.PodResource, _pod!.Metadata.Name), container, lines, from?.At);
            try
            {
                await log.FollowAsync(() => HasEnded(container), ct);
            }
            finally
            {
                // What has begun of a line, and may be a secret, waits for the next service.
                if (execution.IsToLeave()) lines.Flush();
                else lines.End();
            }

            if (container == PodPlan.Main) mainSaid(lines.LastLine);
        }
    }

    private bool HasEnded(string container) => cluster.Pods.Find(_pod!.Metadata.Name) is not { Status: { } status }
        || (status.InitContainerStatuses ?? []).Concat(status.ContainerStatuses ?? []).Any(c => c.Name == container && c.State?.Terminated is not null);
}
