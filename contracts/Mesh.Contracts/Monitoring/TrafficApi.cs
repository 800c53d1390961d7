namespace Mesh.Contracts.Monitoring;

/// <summary>Requests of one stretch of time, by the clock of the service that answered them.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Requests">All of them, refused and failed ones included.</param>
/// <param name="Rows">Rows that were answered.</param>
/// <param name="Refused">Requests that were wrong: 4xx.</param>
/// <param name="Failed">Requests that the model failed on, or that came while no version was loaded: 5xx.</param>
/// <param name="P50">Half of the answers took at most this many milliseconds; null without answers. Right to about a tenth.</param>
/// <param name="P95">As <paramref name="P50"/>, of 95 in a hundred.</param>
/// <param name="P99">As <paramref name="P50"/>, of 99 in a hundred.</param>
public sealed record TrafficPoint(DateTimeOffset At, long Requests, long Rows, long Refused, long Failed, double? P50, double? P95, double? P99);

/// <summary><c>GET /api/v1/projects/{project}/monitors/{endpoint}/traffic</c>: what an endpoint was asked, stretch by stretch of equal length.</summary>
/// <param name="Seconds">Length of a point.</param>
/// <param name="Total">All of it; <c>at</c> is the beginning.</param>
/// <param name="Points">Every stretch, oldest first, those without requests included.</param>
public sealed record EndpointTraffic(DateTimeOffset From, DateTimeOffset To, int Seconds, TrafficPoint Total, IReadOnlyList<TrafficPoint> Points);

/// <summary>What a replica of serving counted for one endpoint since it said so last.</summary>
/// <param name="Bins">Bins of <see cref="LatencyBins"/> that have answers.</param>
/// <param name="Latencies">How many answers each of <paramref name="Bins"/> has.</param>
public sealed record TrafficSlice(string Endpoint, long Rows, long Refused, long Failed, IReadOnlyList<int> Bins, IReadOnlyList<long> Latencies);

/// <summary><c>POST /internal/projects/{project}/traffic</c>. One with the same source and moment as an earlier one changes nothing.</summary>
/// <param name="Source">The process that counted.</param>
/// <param name="At">Where the stretch begins that was counted.</param>
public sealed record TrafficReport(Guid Source, DateTimeOffset At, IReadOnlyList<TrafficSlice> Slices);

/// <summary>Bins of latencies, four to each doubling, so that counts of them tell a quantile to about a tenth however long it is.</summary>
public static class LatencyBins
{
    /// <summary>Number of bins: the last is open from two minutes on.</summary>
    public const int Count = 96;

    private const double Least = 0.01;
    private const double PerDoubling = 4;

    /// <summary>The bin of a latency.</summary>
    public static int Of(double milliseconds) =>
        milliseconds > Least ? (int)Math.Min(Count - 1, 1 + (Math.Log2(milliseconds / Least) * PerDoubling)) : 0;

    /// <summary>Milliseconds at which a bin ends.</summary>
    public static double EndOf(int bin) => Least * Math.Pow(2, bin / PerDoubling);

    /// <summary>The latency that a share of the answers does not exceed; null without answers.</summary>
    /// <param name="counts">Answers by bin.</param>
    /// <param name="share">Over 0, at most 1.</param>
    public static double? Quantile(ReadOnlySpan<long> counts, double share)
    {
        var total = 0L;
        foreach (var count in counts) total += count;
        if (total == 0) return null;
        var (rank, below) = (share * total, 0L);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] == 0) continue;
            if (below + counts[bin] >= rank)
            {
                var begin = bin == 0 ? 0 : EndOf(bin - 1);
                return begin + ((EndOf(bin) - begin) * (rank - below) / counts[bin]);
            }

            below += counts[bin];
        }

        return EndOf(Count - 1);
    }
}
