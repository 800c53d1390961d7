using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>Position in the history of a metric: the keys that it is ordered by.</summary>
internal sealed record PointPosition(long Step, DateTimeOffset Time, long Seq);

/// <summary>Reads the history of a metric as it came, point by point.</summary>
internal sealed class HistoryReader(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>Points of one metric in the order of step, time and arrival; null if the run has no such metric.</summary>
    public async Task<IReadOnlyList<(PointPosition At, double Value)>?> HistoryAsync(
        string project, Guid run, string name, PointPosition? after, int limit, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        if (await PointReader.SeriesAsync(connection, project, run, name, ct) is not { } series) return null;
        await using var command = new NpgsqlCommand(
            """
            select step, time, value, seq from metric_point
            where series = $1 and (step, time, seq) > ($2, $3, $4)
            order by step, time, seq limit $5
            """, connection)
        {
            Parameters =
            {
                new() { Value = series },
                new() { Value = after?.Step ?? long.MinValue },
                // As a time, the least number is before all others.
                PointReader.Time(after is null ? long.MinValue : Sample.Microseconds(after.Time)),
                new() { Value = after?.Seq ?? -1L },
                new() { Value = limit },
            },
        };
        await command.PrepareAsync(ct);
        var points = new List<(PointPosition, double)>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var point = PointReader.Read(rows, 0);
            points.Add((new PointPosition(point.Step, point.At, rows.GetInt64(3)), point.Value));
        }

        return points;
    }
}
