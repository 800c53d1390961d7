namespace Mesh.Monitoring.Requests;

/// <summary>A span of time, cut into stretches of equal length.</summary>
/// <param name="From">Where it begins: a multiple of the length.</param>
/// <param name="Seconds">Length of a stretch.</param>
/// <param name="Points">How many there are.</param>
internal sealed record TrafficSpan(DateTimeOffset From, int Seconds, int Points)
{
    /// <summary>The most stretches that can be asked for.</summary>
    public const int MostPoints = 500;

    /// <summary>The fewest: a time of any length lies in two.</summary>
    public const int LeastPoints = 2;

    /// <summary>No span ends before.</summary>
    public static readonly DateTimeOffset Earliest = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>No span ends after.</summary>
    public static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The longest span.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    // As often as serving reports, unless it is set otherwise.
    private const int Shortest = 10;

    /// <summary>Where it ends, exclusive.</summary>
    public DateTimeOffset To => From.AddSeconds((double)Seconds * Points);

    /// <summary>
    /// The span that covers a time with no more than a number of stretches. They are multiples of ten seconds and begin at multiples of their length, so that asking again a moment
    /// later gives the same ones.
    /// </summary>
    public static TrafficSpan Of(DateTimeOffset from, DateTimeOffset to, int most)
    {
        var (first, last) = (from.ToUnixTimeMilliseconds() / 1000.0, to.ToUnixTimeMilliseconds() / 1000.0);
        for (var seconds = Shortest * (int)Math.Max(1, Math.Ceiling((last - first) / most / Shortest)); ; seconds += Shortest)
        {
            var (begin, end) = ((long)Math.Floor(first / seconds), (long)Math.Ceiling(last / seconds));
            if (end - begin <= most) return new TrafficSpan(DateTimeOffset.FromUnixTimeSeconds(begin * seconds), seconds, (int)Math.Max(1, end - begin));
        }
    }
}
