namespace Mesh.Monitoring.Predictions;

/// <summary>
/// Seconds of event time, counted from 1970. The rows of a segment are of one second: windows are whole seconds, aligned to the same moment, so a segment lies in one window or in
/// none, however long the windows are.
/// </summary>
internal static class EventSecond
{
    private static readonly DateTimeOffset Last = DateTimeOffset.MaxValue.AddSeconds(-1);

    /// <summary>The second of an event time in microseconds.</summary>
    public static long Of(long microseconds) => Floor(microseconds, 1_000_000);

    /// <summary>The beginning of the second of a moment.</summary>
    public static DateTimeOffset Begin(DateTimeOffset moment) => ToMoment(Of(Microseconds(moment)));

    /// <summary>The beginning of the first second that is not before a moment.</summary>
    public static DateTimeOffset End(DateTimeOffset moment) => Begin(moment) is var begin && begin == moment || moment > Last ? begin : begin.AddSeconds(1);

    /// <summary>The beginning of a second.</summary>
    public static DateTimeOffset ToMoment(long second) => DateTimeOffset.UnixEpoch.AddTicks(second * TimeSpan.TicksPerSecond);

    /// <summary>A moment as an event time in microseconds.</summary>
    public static long Microseconds(DateTimeOffset moment) => Floor(moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);

    /// <summary>The first event time that is not before a moment.</summary>
    public static long NextMicrosecond(DateTimeOffset moment) => -Floor(DateTimeOffset.UnixEpoch.Ticks - moment.UtcTicks, TimeSpan.TicksPerMicrosecond);

    private static long Floor(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
