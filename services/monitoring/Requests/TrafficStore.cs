using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Live;
using Mesh.Monitoring.Predictions;
using Mesh.Monitoring.Purge;
using Npgsql;

namespace Mesh.Monitoring.Requests;

/// <summary>Keeps what replicas of serving counted, and adds it up.</summary>
internal sealed class TrafficStore(ServiceDatabase<IMonitoringStore> database, ChangeSignal changes)
{
    /// <summary>Stores a report, unless it was stored before, or its project is deleted.</summary>
    public async Task StoreAsync(string project, TrafficReport report, CancellationToken ct)
    {
        const string Sql =
            """
            insert into traffic_slices (project, endpoint, at, source, rows, refused, failed, bins, latencies)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9 where not exists (select 1 from deleted_projects where project = $1)
            on conflict do nothing
            """;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var commands = new NpgsqlBatch(connection)
        {
            BatchCommands = { new(PurgeSchema.SharedLock) { Parameters = { new() { Value = project } } } },
        };
        foreach (var slice in report.Slices)
        {
            commands.BatchCommands.Add(new(Sql)
            {
                Parameters =
                {
                    new() { Value = project }, new() { Value = slice.Endpoint }, Moments.Parameter(report.At), new() { Value = report.Source }, new() { Value = slice.Rows },
                    new() { Value = slice.Refused }, new() { Value = slice.Failed }, new() { Value = slice.Bins.ToArray() }, new() { Value = slice.Latencies.ToArray() },
                },
            });
        }

        await commands.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        foreach (var slice in report.Slices) changes.Tell(new(ChangeKind.Traffic, project, slice.Endpoint));
    }

    /// <summary>What an endpoint was asked, by stretches of a number of seconds from a moment on.</summary>
    public async Task<EndpointTraffic> ReadAsync(string project, string endpoint, TrafficSpan span, CancellationToken ct)
    {
        const string Counts =
            """
            select floor(extract(epoch from at - $3) / $5)::int as point, sum(rows)::bigint, sum(refused)::bigint, sum(failed)::bigint
            from traffic_slices where project = $1 and endpoint = $2 and at >= $3 and at < $4 group by point
            """;
        const string Latencies =
            """
            select floor(extract(epoch from at - $3) / $5)::int as point, bin, sum(count)::bigint
            from traffic_slices, unnest(bins, latencies) as l (bin, count)
            where project = $1 and endpoint = $2 and at >= $3 and at < $4 group by point, bin
            """;
        await using var commands = database.DataSource.CreateBatch();
        foreach (var sql in (string[])[Counts, Latencies])
        {
            commands.BatchCommands.Add(new(sql)
            {
                Parameters =
                {
                    new() { Value = project }, new() { Value = endpoint }, Moments.Parameter(span.From), Moments.Parameter(span.To), new() { Value = span.Seconds },
                },
            });
        }

        var sums = new TrafficSum[span.Points];
        for (var i = 0; i < sums.Length; i++) sums[i] = new TrafficSum();
        await using var reader = await commands.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) sums[reader.GetInt32(0)].Add(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) sums[reader.GetInt32(0)].Add(reader.GetInt32(1), reader.GetInt64(2));

        var total = new TrafficSum();
        foreach (var sum in sums) total.Add(sum);
        return new EndpointTraffic(
            span.From, span.To, span.Seconds, total.ToPoint(span.From), [.. sums.Select((sum, i) => sum.ToPoint(span.From.AddSeconds((double)span.Seconds * i)))]);
    }

    /// <summary>Deletes what is from before a moment.</summary>
    public async Task DropBeforeAsync(DateTimeOffset moment, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("delete from traffic_slices where at < $1");
        command.Parameters.Add(Moments.Parameter(moment));
        await command.ExecuteNonQueryAsync(ct);
    }
}
