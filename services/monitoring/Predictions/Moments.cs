using Npgsql;
using NpgsqlTypes;

namespace Mesh.Monitoring.Predictions;

/// <summary>Moments on their way to and from PostgreSQL, always in UTC.</summary>
internal static class Moments
{
    /// <summary>A parameter of type <c>timestamptz</c>.</summary>
    public static NpgsqlParameter Parameter(DateTimeOffset? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = value is { } moment ? moment.ToUniversalTime() : DBNull.Value };

    /// <summary>Reads a column of type <c>timestamptz</c>; minus infinity is the beginning of time.</summary>
    public static DateTimeOffset ReadMoment(this NpgsqlDataReader reader, int column) => new(reader.GetDateTime(column).Ticks, TimeSpan.Zero);
}
