using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Models;

/// <summary>Metrics of a version after its registration: each is kept, and what was measured last counts.</summary>
internal static class MetricRules
{
    /// <summary>The most metrics of a version, by name.</summary>
    public const int MostNames = 1000;

    /// <summary>How often metrics of a version are logged, at most: each is an event in the stream of its model.</summary>
    public const int MostLogs = 10_000;

    // Clocks differ.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    public static Decision<ModelEvent> Log(ModelCommand.LogMetrics c, Model model, DateTimeOffset now)
    {
        if (!model.Has(c.Version)) return VersionRules.NotThere(model, c.Version);
        var logs = model.MetricLogs.GetValueOrDefault(c.Version);
        if (logs != c.Logs) return Rejection.Conflict("write.contended", "Others write the same object at the same time. Try again.");
        var early = c.Metrics.FirstOrDefault(metric => metric.At > now + Ahead);
        if (early is not null) return Rejection.Unprocessable("metric.not-measured-yet", $"The metric '{early.Name}' would have been measured in the future.", "at");

        // Sent again because its answer was lost, a metric is known already.
        var fresh = c.Metrics.Where(metric => !IsKnown(metric, c.Known.GetValueOrDefault(metric.Name)))
            .Select(metric => new MeasuredMetric(metric.Name, metric.Value, metric.Dataset, metric.At ?? now)).ToList();
        if (fresh.Count == 0) return Decision<ModelEvent>.Nothing;
        if (c.Known.Keys.Union(fresh.Select(metric => metric.Name), StringComparer.Ordinal).Count() > MostNames)
            return Rejection.Unprocessable("metrics.too-many", $"A version has at most {MostNames} metrics.", "metrics");
        if (logs >= MostLogs) return Rejection.Unprocessable("metrics.too-many", $"Metrics of a version are logged at most {MostLogs} times.", "metrics");
        return new ModelEvent.MetricsLogged(model.Name, c.Version, fresh, c.By, now);
    }

    /// <summary>What counts of some metrics, by name: what was measured last, and of the same moment what was said last.</summary>
    public static IReadOnlyDictionary<string, double> Last(IReadOnlyList<MeasuredMetric> metrics) =>
        Latest(new Dictionary<string, MeasuredMetric>(), metrics).ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal);

    /// <summary>What counts once more metrics are known.</summary>
    public static IReadOnlyDictionary<string, MeasuredMetric> Latest(IReadOnlyDictionary<string, MeasuredMetric> known, IEnumerable<MeasuredMetric> more)
    {
        var latest = new SortedDictionary<string, MeasuredMetric>(known.ToDictionary(), StringComparer.Ordinal);
        foreach (var metric in more)
            if (!latest.TryGetValue(metric.Name, out var other) || metric.At >= other.At) latest[metric.Name] = metric;
        return latest;
    }

    private static bool IsKnown(NewModelMetric metric, MeasuredMetric? known) =>
        known is not null && known.Value.Equals(metric.Value) && known.Dataset == metric.Dataset && (metric.At is null || metric.At == known.At);
}
