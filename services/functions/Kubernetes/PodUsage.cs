using k8s.Models;

namespace Mesh.Functions.Kubernetes;

/// <summary>What a pod uses, as the cluster's metrics say (<c>metrics.k8s.io</c>), where it has any: the most memory, and CPU time by the samples.</summary>
internal sealed class PodUsage(Cluster cluster, Func<string?> pod, PodRecord record, TimeProvider clock)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private long? _looked;
    private bool _isAway;

    /// <summary>Looks, if it is time to.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        if (_isAway || pod() is not { } name || (_looked is { } before && clock.GetElapsedTime(before) < Every)) return;
        var passed = _looked is { } last ? clock.GetElapsedTime(last).TotalSeconds : 0;
        _looked = clock.GetTimestamp();
        try
        {
            var metrics = await cluster.Api.FindAsync<PodMetrics>(cluster.PathOf("apis/metrics.k8s.io/v1beta1/pods", name), ct);
            if (metrics?.Containers is not { } containers) return;
            var cores = containers.Sum(c => c.Usage.TryGetValue("cpu", out var used) ? used.ToDouble() : 0);
            var bytes = containers.Sum(c => c.Usage.TryGetValue("memory", out var used) ? (long)used.ToDouble() : 0);
            record.Usage = ((record.Usage?.CpuSeconds ?? 0) + (cores * passed), Math.Max(record.Usage?.PeakMemoryBytes ?? 0, bytes));
        }
        catch (ClusterException)
        {
            // No metrics there, or not for us.
            _isAway = true;
        }
    }

}
