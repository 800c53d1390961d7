using Mesh.Hosting.Decisions;

namespace Mesh.Tracking.Metrics;

/// <summary>The refusals that concern metrics.</summary>
internal static class MetricRejections
{
    public static Rejection Unknown(string name) => Rejection.NotFound("metric.unknown", $"The run has no metric '{name}'.");
}
