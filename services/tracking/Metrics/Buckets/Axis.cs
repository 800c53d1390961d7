namespace Mesh.Tracking.Metrics.Buckets;

/// <summary>What points are put in order by. The numbers are stored.</summary>
internal enum Axis : short
{
    /// <summary>By step, then time, then value.</summary>
    Step = 0,

    /// <summary>By time, then step, then value.</summary>
    Time = 1,
}

/// <summary>Points as an axis sees them.</summary>
internal static class AxisOrder
{
    /// <summary>Where a point is on the axis: its step, or its time in microseconds since 2000.</summary>
    public static long Place(this Axis axis, Sample point) => axis == Axis.Step ? point.Step : point.Time;

    /// <summary>The order of points along the axis.</summary>
    public static int Compare(this Axis axis, Sample a, Sample b) => (axis == Axis.Step ? Sample.ByStep : Sample.ByTime).Compare(a, b);
}
