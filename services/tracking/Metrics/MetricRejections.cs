using Mesh.Hosting.Decisions;

namespace Mesh.Tracking.Metrics;

/// <summary>The refusals that concern metrics.</summary>
internal static class MetricRejections
{
    /// <summary>The most metrics, by name, that one run may have.</summary>
    public const int MaxSeries = 2_000;

    public static Rejection TooMany { get; } = Rejection.Unprocessable(
        "metrics.too-many", $"A run has at most {MaxSeries} metrics, and these points would begin more. Nothing of them was kept. Use steps, not names, to tell points apart.", "points");

    public static Rejection TooManyCharts { get; } = Rejection.Unprocessable(
        "charts.too-many", $"These runs have more than {Charts.ChartReader.MaxCharts} such metrics. Ask for fewer runs, or for metrics by 'name'.", "name");

    public static Rejection StreamTooLong { get; } = Rejection.TooLarge(
        "points.too-many", $"A stream holds at most {Ingest.PointStream.MaxPoints:N0} points. Send the rest in another one, with another batchId.");

    public static Rejection Unknown(string name) => Rejection.NotFound("metric.unknown", $"The run has no metric '{name}'.");
}
