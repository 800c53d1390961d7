using System.Runtime.InteropServices;

namespace Mesh.Tracking.Metrics;

/// <summary>What a group of points adds to the summary of one metric. NaN counts as a value, but is never a minimum or maximum beside a number.</summary>
internal sealed class SeriesDelta
{
    private readonly List<Sample> _points = [];

    /// <summary>The point with the greatest step, time and value.</summary>
    public Sample Last { get; private set; }

    public double Min { get; private set; } = double.NaN;

    public double Max { get; private set; } = double.NaN;

    /// <summary>The points in the order of arrival.</summary>
    public ReadOnlySpan<Sample> Points => CollectionsMarshal.AsSpan(_points);

    public int Count => _points.Count;

    public void Add(Sample point)
    {
        if (_points.Count == 0 || Sample.ByStep.Compare(point, Last) > 0) Last = point;
        _points.Add(point);
        if (double.IsNaN(point.Value)) return;
        Min = double.IsNaN(Min) ? point.Value : Math.Min(Min, point.Value);
        Max = double.IsNaN(Max) ? point.Value : Math.Max(Max, point.Value);
    }
}
