using System.Collections.ObjectModel;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Runs;

/// <summary>A run as callers see it: its snapshot with the latest values of its metrics.</summary>
internal static class RunView
{
    private static readonly IReadOnlyDictionary<string, MetricSummary> NoMetrics = ReadOnlyDictionary<string, MetricSummary>.Empty;

    /// <param name="experiment">The name that its experiment has now; the one it had at the run's creation when null.</param>
    public static RunInfo ToInfo(this Run run, IReadOnlyDictionary<string, MetricSummary>? metrics = null, string? experiment = null) => new(
        Guid.Parse(run.Id), run.Name, experiment ?? run.Experiment, run.Kind, run.Parent, run.Status, run.Attempt, run.Worker, run.Cause, run.Params, run.Tags,
        metrics ?? NoMetrics, run.CreatedBy, run.CreatedAt, run.StartedAt, run.EndedAt, run.Version, run.ExperimentId, run.UserId, run.RunGroup, run.Source,
        run.Environment, run.Inputs, run.Outputs, run.Artifacts);

    /// <summary>One of several runs, with what was read for all of them.</summary>
    /// <param name="metrics">Summaries by run.</param>
    /// <param name="experiments">Names by number.</param>
    public static RunInfo ToInfo(
        this Run run, IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, MetricSummary>> metrics, IReadOnlyDictionary<long, string> experiments) =>
        run.ToInfo(metrics.GetValueOrDefault(Guid.Parse(run.Id)), experiments.GetValueOrDefault(run.ExperimentId));
}
