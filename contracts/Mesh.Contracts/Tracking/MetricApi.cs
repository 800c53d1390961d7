using System.Text.Json.Serialization;

namespace Mesh.Contracts.Tracking;

/// <summary>What the points of a chart are drawn along.</summary>
public enum ChartAxis
{
    /// <summary>The step.</summary>
    Step,

    /// <summary>The time of the points.</summary>
    Time,

    /// <summary>The time since the start of the run, or since its creation where it never started.</summary>
    Relative,
}

/// <summary>
/// A metric of a run with as many points as a chart can show: <c>GET …/runs/{id}/metrics/{name}?points=</c>, and of several at once
/// <c>GET …/metrics?run=&amp;name=&amp;points=</c>. The lists are equally long, in the order of the axis.
/// </summary>
/// <param name="Count">How many points the metric has.</param>
/// <param name="Sampled">
/// Whether it has more than were asked for. Then they are cut into stretches along the axis, and of each stretch the first, the last, the lowest and
/// the highest point are here. NaN is the lowest or highest only where a stretch has nothing else.
/// </param>
/// <param name="X">The places along the axis: steps, milliseconds since 1970, or seconds since the start of the run.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Times">The times.</param>
/// <param name="Values">The values.</param>
public sealed record MetricChart(
    Guid Run, string Name, long Count, bool Sampled, IReadOnlyList<double> X, IReadOnlyList<long> Steps, IReadOnlyList<DateTimeOffset> Times,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyList<double> Values);

/// <summary>The charts of several metrics and runs: run by run in the order of the question, each by the names of the metrics.</summary>
public sealed record MetricCharts(ChartAxis X, IReadOnlyList<MetricChart> Charts);

/// <summary>The answer to a stream of points: all of it is stored.</summary>
/// <param name="Points">How many points it held; those that were stored when it came before are among them.</param>
public sealed record PointsStored(long Points);

/// <summary>What a <c>points</c> event of <c>GET …/runs/{id}/metrics/stream</c> holds: at most 1,000 points that are new.</summary>
public sealed record MetricPoints(IReadOnlyList<MetricPoint> Points);
