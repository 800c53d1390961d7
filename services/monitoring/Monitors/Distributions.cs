using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Clients;
using Mesh.Monitoring.Drift;
using Mesh.Monitoring.Predictions;

namespace Mesh.Monitoring.Monitors;

/// <summary>Counts the rows of a span beside the training data, as <see cref="WindowEvaluator"/> does, but on demand and keeping nothing.</summary>
internal sealed class Distributions(TrafficLog traffic, TrainingReferences references)
{
    /// <summary>Rows that are counted about; of more, a sample of the segments.</summary>
    public const long MostRows = 1_000_000;

    /// <summary>The longest span.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    /// <summary>The distributions; null where the version has no training statistics.</summary>
    /// <exception cref="ServiceCallException">The registry does not answer.</exception>
    public async Task<FeatureDistributions?> CountAsync(string project, EndpointMonitor monitor, EventWindow span, CancellationToken ct)
    {
        var features = await references.GetAsync(project, monitor.Model, monitor.ModelVersion, ct);
        if (features.Count == 0) return null;
        var rows = new Traffic(project, monitor.Endpoint, monitor.Model, monitor.ModelVersion, default, default, 0);
        var all = await traffic.CountAsync(rows, span, ct);
        var tally = new WindowTally(features);
        await traffic.TallyAsync(rows, span, tally, ct, (int)Math.Max(1, (all + MostRows - 1) / MostRows));
        var isJudged = tally.Rows >= monitor.Settings.MinRows;
        return new FeatureDistributions(
            span.From, span.To, monitor.Model, monitor.ModelVersion, all, tally.Rows,
            [.. tally.Judge(monitor.Settings).Select((drift, i) => new FeatureDistribution(
                drift.Feature, drift.Psi, drift.JensenShannon, drift.Drifted && isJudged, features[i].Apart(features[i].Counts), features[i].Apart(tally.CountsOf(i)),
                features[i].Edges, features[i].Categories))]);
    }
}
