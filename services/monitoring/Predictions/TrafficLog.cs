using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Drift;
using Npgsql;

namespace Mesh.Monitoring.Predictions;

/// <summary>How far the rows of one reference (endpoint and model version) have come in event time.</summary>
/// <param name="Newest">Newest event time.</param>
/// <param name="LastArrival">When its last row came, by the clock.</param>
/// <param name="Rows">Rows stored so far.</param>
internal sealed record Traffic(
    string Project, string Endpoint, string Model, int ModelVersion, DateTimeOffset Newest, DateTimeOffset LastArrival, long Rows);

/// <summary>Reads and moves the marks of event time, and reads the rows of windows.</summary>
internal sealed class TrafficLog(ServiceDatabase<IMonitoringStore> database)
{
    private const string InWindow =
        "project = $1 and endpoint = $2 and model = $3 and model_version = $4 and second >= $5 and second < $6 and not late";

    /// <summary>References that may have rows in windows that are not closed.</summary>
    public static async Task<IReadOnlyList<Traffic>> ListOpenAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql =
            """
            select project, endpoint, model, model_version, newest_event_time, last_arrival, rows
            from traffic where open and newest_event_time is not null order by project, endpoint, last_arrival desc
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var open = new List<Traffic>();
        while (await reader.ReadAsync(ct))
        {
            open.Add(new Traffic(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.ReadMoment(4),
                reader.ReadMoment(5), reader.GetInt64(6)));
        }

        return open;
    }

    /// <summary>Second of the oldest row that is in no closed window yet.</summary>
    /// <remarks>It begins at the first row of the version, and does not go through those of versions before it.</remarks>
    public async Task<DateTimeOffset?> FirstUnclosedAsync(Traffic traffic, DateTimeOffset closedThrough, CancellationToken ct)
    {
        const string Sql =
            """
            select second from prediction_segments
            where project = $1 and endpoint = $2 and model = $3 and model_version = $4 and not late
              and second >= greatest($5, (
                select date_trunc('second', first_event_time) from traffic where project = $1 and endpoint = $2 and model = $3 and model_version = $4))
            order by second limit 1
            """;
        await using var command = Command(Sql, traffic);
        command.Parameters.Add(Moments.Parameter(closedThrough));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? reader.ReadMoment(0) : null;
    }

    /// <summary>From here on, rows from before this event time are late. Returns when no earlier batch is still being stored.</summary>
    public async Task SealAsync(Traffic traffic, DateTimeOffset through, CancellationToken ct)
    {
        await using var command = Command(
            "update traffic set sealed_through = greatest(sealed_through, $5) "
            + "where project = $1 and endpoint = $2 and model = $3 and model_version = $4", traffic);
        command.Parameters.Add(Moments.Parameter(through));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Nothing is waiting, unless rows have come since the traffic was read.</summary>
    public async Task SettleAsync(Traffic traffic, CancellationToken ct)
    {
        await using var command = Command(
            "update traffic set open = false where project = $1 and endpoint = $2 and model = $3 and model_version = $4 and rows = $5", traffic);
        command.Parameters.Add(new() { Value = traffic.Rows });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Number of the rows of a window that are in time.</summary>
    public async Task<long> CountAsync(Traffic traffic, EventWindow window, CancellationToken ct)
    {
        await using var command = Command($"select coalesce(sum(rows), 0)::bigint from prediction_segments where {InWindow}", traffic);
        command.Parameters.AddRange((NpgsqlParameter[])[Moments.Parameter(window.From), Moments.Parameter(window.To)]);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Counts the rows of a window into the bins, in one pass.</summary>
    /// <param name="oneOf">Only one of so many segments is looked at, by chance but always the same; 1 for all.</param>
    public async Task TallyAsync(Traffic traffic, EventWindow window, WindowTally tally, CancellationToken ct, int oneOf = 1)
    {
        var sample = oneOf == 1 ? "" : "and (hashint8(id) & 2147483647) % $7 = 0";
        await using var command = Command($"select body from prediction_segments where {InWindow} {sample}", traffic);
        command.Parameters.AddRange((NpgsqlParameter[])[Moments.Parameter(window.From), Moments.Parameter(window.To)]);
        if (oneOf > 1) command.Parameters.Add(new() { Value = oneOf });
        await using var reader = await command.ExecuteReaderAsync(ct);
        PredictionColumns? columns = null;
        byte[] body = [];
        while (await reader.ReadAsync(ct))
        {
            var length = (int)reader.GetBytes(0, 0, null, 0, 0);
            if (body.Length < length) body = new byte[Math.Max(length, 2 * body.Length)];
            reader.GetBytes(0, 0, body, 0, length);
            Count(body.AsSpan(0, length));
        }

        void Count(ReadOnlySpan<byte> segment)
        {
            if (!PredictionReader.TryOpenSegment(segment, columns, out var rows)) throw new InvalidDataException("A segment of predictions is out of form.");
            columns = rows.Columns;
            tally.Add(ref rows);
        }
    }

    private NpgsqlCommand Command(string sql, Traffic traffic)
    {
        var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = traffic.Project });
        command.Parameters.Add(new() { Value = traffic.Endpoint });
        command.Parameters.Add(new() { Value = traffic.Model });
        command.Parameters.Add(new() { Value = traffic.ModelVersion });
        return command;
    }
}
