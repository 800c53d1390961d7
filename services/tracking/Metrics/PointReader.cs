using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Metrics;

/// <summary>Reads the points of one metric on a connection.</summary>
internal static class PointReader
{
    /// <summary>The number that stands for a metric in the points; null if the run has no such metric.</summary>
    public static async Task<long?> SeriesAsync(NpgsqlConnection connection, string project, Guid run, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select series from metric where project = $1 and run = $2 and name = $3", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run }, new() { Value = name } },
        };
        await command.PrepareAsync(ct);
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    /// <summary>The first points by arrival, in no order, as they come from the database.</summary>
    public static async IAsyncEnumerable<Sample> FirstAsync(NpgsqlConnection connection, long series, long count, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select step, time, value from metric_point where series = $1 and seq < $2", connection)
        {
            Parameters = { new() { Value = series }, new() { Value = count } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) yield return Read(rows, 0);
    }

    /// <summary>A parameter of a time as a sample has it.</summary>
    public static NpgsqlParameter Time(long microseconds) => new() { Value = microseconds, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <summary>Reads <c>step, time, value</c>.</summary>
    public static Sample Read(NpgsqlDataReader row, int first) => new(row.GetInt64(first), row.GetFieldValue<long>(first + 1), row.GetDouble(first + 2));
}
