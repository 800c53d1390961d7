using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using NpgsqlTypes;

namespace Mesh.Monitoring.Predictions;

/// <summary>Which predictions are asked for; null leaves a filter out.</summary>
internal sealed record PredictionFilter(string? Endpoint, DateTimeOffset? From, DateTimeOffset? To, int? ModelVersion);

/// <summary>Where a page of predictions ended.</summary>
internal sealed record PredictionCursor(DateTimeOffset EventTime, long Id);

/// <summary>Reads stored predictions.</summary>
internal sealed class PredictionQuery(ServiceDatabase<IMonitoringStore> database)
{
    /// <summary>Predictions, newest first: by the second of their event time, then by the segment that came last, then by event time.</summary>
    /// <param name="limit">Most rows to read.</param>
    /// <param name="after">The last row of the page before.</param>
    public async Task<IReadOnlyList<PredictionRecord>> ListAsync(
        string project, PredictionFilter filter, int limit, PredictionCursor? after, CancellationToken ct)
    {
        var page = new PredictionPage(filter, limit, after);
        var from = after is null ? default((DateTimeOffset Second, long Segment)?) : (EventSecond.Begin(after.EventTime), PredictionId.SegmentOf(after.Id));
        // Segments at the borders may hold rows of which none is asked for: then others are looked at.
        while (!page.IsFull && await ReadAsync(project, filter, page, limit, from, ct) is { } last) from = (last.Second, last.Segment - 1);
        return page.Rows;
    }

    /// <summary>Reads segments from a place on that hold as many rows as are missing, and says which was the last; null when there is none.</summary>
    private async Task<(DateTimeOffset Second, long Segment)?> ReadAsync(
        string project, PredictionFilter filter, PredictionPage page, int limit, (DateTimeOffset Second, long Segment)? from, CancellationToken ct)
    {
        // One index scan per endpoint, merged: the index begins with the endpoint, and a project has few of them.
        const string Sql =
            """
            select id, endpoint, model, model_version, second, body
            from (
                select s.*, sum(s.rows) over (order by s.second desc, s.id desc) - s.rows as before
                from (select distinct endpoint from traffic where project = $1 and ($2::text is null or endpoint = $2)) e
                cross join lateral (
                    select * from prediction_segments p
                    where p.project = $1 and p.endpoint = e.endpoint
                      and ($3::timestamptz is null or p.second >= $3)
                      and ($4::timestamptz is null or p.second < $4)
                      and ($5::int is null or p.model_version = $5)
                      and ($6::timestamptz is null or (p.second, p.id) <= ($6, $7))
                    order by p.second desc, p.id desc
                    limit $8) s) r
            where before < $8
            order by second desc, id desc
            """;
        await using var command = database.DataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = (object?)filter.Endpoint ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(Moments.Parameter(filter.From is { } start ? EventSecond.Begin(start) : null));
        command.Parameters.Add(Moments.Parameter(filter.To));
        command.Parameters.Add(new() { Value = (object?)filter.ModelVersion ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(Moments.Parameter(from?.Second));
        command.Parameters.Add(new() { Value = from?.Segment ?? 0 });
        command.Parameters.Add(new() { Value = (long)limit });
        (DateTimeOffset, long)? last = null;
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var segment = reader.GetInt64(0);
            last = (reader.ReadMoment(4), segment);
            if (!page.IsFull) page.Add(segment, reader.GetString(1), reader.GetString(2), reader.GetInt32(3), await reader.GetFieldValueAsync<byte[]>(5, ct));
        }

        return last;
    }

    /// <summary>Rows stored and rows that came too late, over all versions that an endpoint served.</summary>
    public async Task<(long Rows, long Late)> CountAsync(string project, string endpoint, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select coalesce(sum(rows), 0)::bigint, coalesce(sum(late), 0)::bigint from traffic where project = $1 and endpoint = $2");
        command.Parameters.Add(new() { Value = project });
        command.Parameters.Add(new() { Value = endpoint });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>As <see cref="CountAsync(string, string, CancellationToken)"/>, for every endpoint of a project.</summary>
    public async Task<IReadOnlyDictionary<string, (long Rows, long Late)>> CountByEndpointAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            "select endpoint, sum(rows)::bigint, sum(late)::bigint from traffic where project = $1 group by endpoint");
        command.Parameters.Add(new() { Value = project });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var counts = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) counts[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2));
        return counts;
    }

    /// <summary>Rows stored in a project, whether retention has dropped them since or not.</summary>
    public async Task<long> CountAsync(string project, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("select coalesce(sum(rows), 0)::bigint from traffic where project = $1");
        command.Parameters.Add(new() { Value = project });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
