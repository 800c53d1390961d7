using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Metrics;

/// <summary>
/// What a group of points adds to the summary of one metric. The last point is the one with the greatest step, then time, then value, NaN being the greatest, as
/// PostgreSQL has it. NaN is never a minimum or maximum beside a number.
/// </summary>
internal sealed class SeriesDelta
{
    public double Last { get; private set; }

    public long LastStep { get; private set; }

    public DateTimeOffset LastTime { get; private set; }

    public double Min { get; private set; } = double.NaN;

    public double Max { get; private set; } = double.NaN;

    /// <summary>The points with their times filled in, in the order of arrival.</summary>
    public List<(long Step, DateTimeOffset Time, double Value)> Points { get; } = [];

    public void Add(MetricPoint point, DateTimeOffset received)
    {
        var time = Microseconds((point.Time ?? received).ToUniversalTime());
        Points.Add((point.Step, time, point.Value));
        if (Points.Count == 1 || IsLater(point.Step, time, point.Value)) (Last, LastStep, LastTime) = (point.Value, point.Step, time);
        if (double.IsNaN(point.Value)) return;
        Min = double.IsNaN(Min) ? point.Value : Math.Min(Min, point.Value);
        Max = double.IsNaN(Max) ? point.Value : Math.Max(Max, point.Value);
    }

    private bool IsLater(long step, DateTimeOffset time, double value) => (step, time).CompareTo((LastStep, LastTime)) switch
    {
        0 => double.IsNaN(value) || value >= Last,
        var order => order > 0,
    };

    // As the database keeps it, so that both compare alike.
    private static DateTimeOffset Microseconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
