using System.Globalization;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Tracking.Runs;

/// <summary>The earlier state that is asked for: exactly one of both.</summary>
internal readonly record struct AsOf(DateTimeOffset? Time, long? Version)
{
    /// <summary>Reads <c>?asOf=</c>: a time in RFC 3339 form, or a version number.</summary>
    /// <exception cref="RejectedException">It is neither: 400 <c>as-of.invalid</c>.</exception>
    public static AsOf Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version is >= 1 and < int.MaxValue) return new AsOf(null, version);
        if (RunQuery.TryReadTime(text, out var time)) return new AsOf(time, null);
        throw new RejectedException(Rejection.Malformed("as-of.invalid", "'asOf' must be a version number from 1, or a time such as 2026-01-31T12:00:00Z.", "asOf"));
    }
}
