using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Requests;

/// <summary>Adds up the counts of one stretch of time.</summary>
internal sealed class TrafficSum
{
    private readonly long[] _latencies = new long[LatencyBins.Count];
    private long _rows;
    private long _refused;
    private long _failed;

    public void Add(long rows, long refused, long failed) => (_rows, _refused, _failed) = (_rows + rows, _refused + refused, _failed + failed);

    /// <summary>Adds answers of a bin of latency. A bin that is none counts as the last.</summary>
    public void Add(int bin, long answers) => _latencies[Math.Clamp(bin, 0, LatencyBins.Count - 1)] += answers;

    public void Add(TrafficSum other)
    {
        Add(other._rows, other._refused, other._failed);
        for (var bin = 0; bin < _latencies.Length; bin++) _latencies[bin] += other._latencies[bin];
    }

    public TrafficPoint ToPoint(DateTimeOffset at) => new(
        at, _latencies.Sum() + _refused + _failed, _rows, _refused, _failed,
        LatencyBins.Quantile(_latencies, 0.5), LatencyBins.Quantile(_latencies, 0.95), LatencyBins.Quantile(_latencies, 0.99));
}
