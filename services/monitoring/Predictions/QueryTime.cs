using System.Globalization;
using Mesh.Hosting.Decisions;

namespace Mesh.Monitoring.Predictions;

/// <summary>Moments in the query of an address.</summary>
internal static class QueryTime
{
    /// <summary>Reads one, null where there is none; says what is wrong with it, or null.</summary>
    public static Rejection? Read(string field, string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null) return null;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var parsed)) return Wrong(field, "a time such as 2026-05-01T00:00:00Z");
        time = parsed;
        return null;
    }

    /// <summary>The refusal of a field of the query.</summary>
    public static Rejection Wrong(string field, string expected) => Rejection.Malformed("query.invalid", $"'{field}' must be {expected}.", field);
}
