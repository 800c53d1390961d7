namespace Mesh.Tracking.Metrics;

/// <summary>A point of a metric as the database keeps it, so that both compare alike.</summary>
/// <param name="Time">Microseconds since 2000-01-01T00:00:00Z, as PostgreSQL counts them.</param>
internal readonly record struct Sample(long Step, long Time, double Value)
{
    private static readonly long Epoch = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>By step, time and value: the last one in this order is a metric's latest.</summary>
    public static IComparer<Sample> ByStep { get; } = Comparer<Sample>.Create((a, b) =>
        a.Step != b.Step ? a.Step.CompareTo(b.Step) : a.Time != b.Time ? a.Time.CompareTo(b.Time) : CompareValues(a.Value, b.Value));

    /// <summary>By time, step and value.</summary>
    public static IComparer<Sample> ByTime { get; } = Comparer<Sample>.Create((a, b) =>
        a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Step != b.Step ? a.Step.CompareTo(b.Step) : CompareValues(a.Value, b.Value));

    /// <summary>The time.</summary>
    public DateTimeOffset At => new(Epoch + (Time * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>A point at a time, cut to the microsecond.</summary>
    public static Sample Of(long step, DateTimeOffset time, double value) => new(step, Microseconds(time), value);

    /// <summary>A time in microseconds since 2000, cut down to a whole one.</summary>
    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks / TimeSpan.TicksPerMicrosecond) - (Epoch / TimeSpan.TicksPerMicrosecond);

    // NaN above every number, as PostgreSQL orders it.
    private static int CompareValues(double a, double b) =>
        double.IsNaN(a) ? (double.IsNaN(b) ? 0 : 1) : double.IsNaN(b) ? -1 : a.CompareTo(b);
}
