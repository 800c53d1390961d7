using Mesh.Contracts.Monitoring;

namespace Mesh.Serving.Traffic;

/// <summary>Counts the requests of an endpoint: two additions a request, in memory that does not grow.</summary>
internal sealed class TrafficCounts
{
    private readonly long[] _latencies = new long[LatencyBins.Count];
    private long _rows;
    private long _refused;
    private long _failed;

    /// <summary>A request was answered.</summary>
    public void Answered(double milliseconds, int rows)
    {
        Interlocked.Increment(ref _latencies[LatencyBins.Of(milliseconds)]);
        Interlocked.Add(ref _rows, rows);
    }

    /// <summary>A request was not answered: for a fault of the caller's, or for one of the model's or of its loading.</summary>
    public void Refused(bool isCallers) => Interlocked.Increment(ref isCallers ? ref _refused : ref _failed);

    /// <summary>What was counted since the last call; null for nothing. Each request is in one slice.</summary>
    public TrafficSlice? Take(string endpoint)
    {
        var (rows, refused, failed) = (Interlocked.Exchange(ref _rows, 0), Interlocked.Exchange(ref _refused, 0), Interlocked.Exchange(ref _failed, 0));
        List<int> bins = [];
        List<long> counts = [];
        for (var bin = 0; bin < _latencies.Length; bin++)
        {
            if (Volatile.Read(ref _latencies[bin]) == 0) continue;
            bins.Add(bin);
            counts.Add(Interlocked.Exchange(ref _latencies[bin], 0));
        }

        return bins.Count == 0 && refused == 0 && failed == 0 && rows == 0 ? null : new TrafficSlice(endpoint, rows, refused, failed, bins, counts);
    }
}
