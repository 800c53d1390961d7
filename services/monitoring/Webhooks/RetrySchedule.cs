namespace Mesh.Monitoring.Webhooks;

/// <summary>
/// When a delivery is tried again: soon at first, since most faults pass in a moment, and over longer than it takes until a dead receiver is paused, so that
/// an outage costs no delivery and only what a living receiver refuses is given up.
/// </summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.2;

    /// <summary>5 s, 30 s, 2 min, 10 min, 30 min, then hours: 11 attempts in 28 hours.</summary>
    public static IReadOnlyList<double> Default { get; } = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200];

    /// <summary>How long to wait after this many attempts; null when it was the last one.</summary>
    /// <param name="chance">0 to 1: where in the jitter, so that what failed together is not tried together.</param>
    public static TimeSpan? After(int attempts, IReadOnlyList<double> seconds, double chance) =>
        attempts <= seconds.Count ? TimeSpan.FromSeconds(seconds[attempts - 1] * (1 - Jitter + (2 * Jitter * chance))) : null;
}
