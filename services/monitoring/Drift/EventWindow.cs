namespace Mesh.Monitoring.Drift;

/// <summary>A tumbling window of event time: from (inclusive) to (exclusive), aligned to the Unix epoch.</summary>
public readonly record struct EventWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The window that a row falls into. What is closed stays closed: a window never begins before <paramref name="closedThrough"/>.</summary>
    /// <param name="eventTime">When the row happened; not before <paramref name="closedThrough"/>.</param>
    /// <param name="seconds">Length of a window.</param>
    /// <param name="closedThrough">End of the last closed window. After a change of the length it may lie within a window.</param>
    public static EventWindow Of(DateTimeOffset eventTime, int seconds, DateTimeOffset closedThrough)
    {
        var length = seconds * TimeSpan.TicksPerSecond;
        var ticks = eventTime.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var start = ticks - (ticks % length + length) % length + DateTimeOffset.UnixEpoch.Ticks;
        var from = new DateTimeOffset(Math.Max(start, 0), TimeSpan.Zero);
        return new EventWindow(from < closedThrough ? closedThrough : from, new DateTimeOffset(start + length, TimeSpan.Zero));
    }
}

/// <summary>When a window may close.</summary>
/// <param name="IdleTimeout">Processing time without rows after which a window closes though no later row has come.</param>
public sealed record WindowClock(TimeSpan IdleTimeout)
{
    private static readonly TimeSpan MostLateness = TimeSpan.FromMinutes(1);

    /// <summary>How much later than the newest row others may still come: a tenth of the window, at most a minute.</summary>
    public static TimeSpan LatenessOf(int windowSeconds)
    {
        var tenth = TimeSpan.FromSeconds(windowSeconds / 10.0);
        return tenth < MostLateness ? tenth : MostLateness;
    }

    /// <summary>Whether the watermark (newest event time less the allowed lateness) has passed the window, or its traffic has dried up.</summary>
    /// <remarks>
    /// A quiet window of live traffic is over only when the clock says so too: its next row may be a minute away. Rows with event times ahead of
    /// the clock are replayed traffic, of which the clock says nothing.
    /// </remarks>
    /// <param name="window">The window.</param>
    /// <param name="lateness">Allowed lateness.</param>
    /// <param name="newest">Newest event time of the endpoint.</param>
    /// <param name="lastArrival">When its last row came, by the clock.</param>
    /// <param name="now">The clock.</param>
    public bool MayClose(EventWindow window, TimeSpan lateness, DateTimeOffset newest, DateTimeOffset lastArrival, DateTimeOffset now) =>
        newest - lateness >= window.To || (now - lastArrival >= IdleTimeout && (window.To <= now || newest > now));
}
