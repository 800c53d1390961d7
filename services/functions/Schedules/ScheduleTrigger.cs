using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cronos;

namespace Mesh.Functions.Schedules;

/// <summary>
/// The times of a schedule. A cron expression counts in its time zone: an hour that a clock change leaves out fires at the change, and one that comes twice fires
/// once, unless the expression names every hour, minute or second.
/// </summary>
/// <param name="Cron">Five fields, or six with seconds.</param>
/// <param name="TimeZone">Name of the time zone.</param>
/// <param name="EverySeconds">Instead of an expression: the interval.</param>
/// <param name="JitterSeconds">The most that a time is put off.</param>
public sealed record ScheduleTrigger(string? Cron, string TimeZone, int? EverySeconds, int JitterSeconds)
{
    /// <summary>Why it cannot be meant; null if it can.</summary>
    public (string Code, string Field, string Detail)? Fault()
    {
        if (Cron is null) return null;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            return ("schedule.time-zone", "timeZone", $"There is no time zone '{TimeZone}'; name one of IANA's, such as 'Europe/Berlin'.");
        try
        {
            _ = Parse();
            return null;
        }
        catch (CronFormatException e)
        {
            return ("schedule.cron", "cron", $"'{Cron}' is no cron expression: {e.Message}");
        }
    }

    /// <summary>The first time after a moment; null when there is none.</summary>
    /// <param name="anchor">Where intervals are counted from.</param>
    public DateTimeOffset? After(DateTimeOffset moment, DateTimeOffset anchor)
    {
        if (EverySeconds is { } seconds)
        {
            if (moment < anchor) return anchor;
            var every = TimeSpan.FromSeconds(seconds);
            return anchor + (every * (Math.Floor((moment - anchor) / every) + 1));
        }

        return Parse().GetNextOccurrence(moment.ToUniversalTime(), TimeZoneInfo.FindSystemTimeZoneById(TimeZone))?.ToUniversalTime();
    }

    /// <summary>The times from a moment on, that moment included, until before another.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset until, DateTimeOffset anchor)
    {
        for (var at = After(from.AddTicks(-1), anchor); at < until; at = After(at.Value, anchor)) yield return at.Value;
    }

    /// <summary>The last few times from a moment on until before another: what lies before those is not counted out, as it may be millions.</summary>
    public IReadOnlyList<DateTimeOffset> Last(int count, DateTimeOffset from, DateTimeOffset until, DateTimeOffset anchor)
    {
        for (var window = TimeSpan.FromMinutes(1); ; window *= 2)
        {
            var start = until - window;
            var found = Between(start > from ? start : from, until, anchor).ToList();
            if (found.Count >= count || start <= from) return [.. found.TakeLast(count)];
        }
    }

    /// <summary>When a due time fires: put off by a part of the jitter that is drawn from the name and the time, so that it is always the same.</summary>
    public DateTimeOffset FireAt(string name, DateTimeOffset due)
    {
        if (JitterSeconds == 0) return due;
        var drawn = SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{due.UtcTicks}"));
        return due + (TimeSpan.FromSeconds(JitterSeconds) * (BinaryPrimitives.ReadUInt32BigEndian(drawn) / (double)uint.MaxValue));
    }

    private CronExpression Parse() => CronExpression.Parse(
        Cron!, Cron!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
}
