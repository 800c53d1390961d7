using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Tests.Requests;

public sealed class LatencyBinTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.005)]
    [InlineData(0.3)]
    [InlineData(12)]
    [InlineData(950)]
    [InlineData(59_000)]
    public void A_latency_lies_in_its_bin(double milliseconds)
    {
        var bin = LatencyBins.Of(milliseconds);
        milliseconds.ShouldBeLessThanOrEqualTo(LatencyBins.EndOf(bin) * 1.000001);
        if (bin > 0) milliseconds.ShouldBeGreaterThan(LatencyBins.EndOf(bin - 1) * 0.999999);
    }

    [Fact]
    public void What_is_longer_than_all_bins_is_in_the_last() =>
        (LatencyBins.Of(1e9), LatencyBins.Of(double.PositiveInfinity), LatencyBins.Of(double.NaN)).ShouldBe((LatencyBins.Count - 1, LatencyBins.Count - 1, 0));

    [Fact]
    public void Quantiles_are_right_to_about_a_tenth()
    {
        var random = new Random(5);
        var latencies = Enumerable.Range(0, 20_000).Select(_ => Math.Exp(random.NextDouble() * 6)).Order().ToArray();
        var counts = new long[LatencyBins.Count];
        foreach (var latency in latencies) counts[LatencyBins.Of(latency)]++;
        foreach (var share in (double[])[0.01, 0.5, 0.95, 0.99])
        {
            var exact = latencies[(int)(share * latencies.Length)];
            LatencyBins.Quantile(counts, share)!.Value.ShouldBe(exact, exact * 0.1);
        }

        LatencyBins.Quantile(new long[LatencyBins.Count], 0.5).ShouldBeNull();
    }
}
