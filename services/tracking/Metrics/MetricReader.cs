using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Tracking.Metrics;

/// <summary>Reads the summaries of metrics from their own rows; as of a moment, from the points.</summary>
internal sealed class MetricReader(ServiceDatabase<ITrackingStore> database)
{
    private static readonly IReadOnlyDictionary<string, MetricSummary> None = new Dictionary<string, MetricSummary>();
    private static readonly IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, MetricSummary>> NoRuns = new Dictionary<Guid, IReadOnlyDictionary<string, MetricSummary>>();

    // With a run's limit of metrics, a page of runs that ends here still has some.
    private const int PageSummaries = 10 * MetricRejections.MaxSeries;

    /// <summary>
    /// The summaries of several runs with one query, in the order of the runs and only so many as one answer can hold. Runs without metrics are
    /// absent.
    /// </summary>
    /// <returns>The summaries, and for how many of the runs they are complete.</returns>
    public async Task<(IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, MetricSummary>> Found, int Covered)> SummariesAsync(
        string project, Guid[] runs, CancellationToken ct)
    {
        if (runs.Length == 0) return (NoRuns, 0);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        return await SummariesAsync(connection, project, runs, ct);
    }

    /// <summary>The same, as a part of a longer transaction.</summary>
    public static async Task<(IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, MetricSummary>> Found, int Covered)> SummariesAsync(
        NpgsqlConnection connection, string project, Guid[] runs, CancellationToken ct)
    {
        if (runs.Length == 0) return (NoRuns, 0);
        var found = new Dictionary<Guid, IReadOnlyDictionary<string, MetricSummary>>();
        await using var command = new NpgsqlCommand(
            """
            select wanted.place, m.run, m.name, m.last, m.last_step, m.min, m.max, m.count
            from unnest($2::uuid[]) with ordinality as wanted (run, place)
            join metric m on m.project = $1 and m.run = wanted.run
            order by wanted.place, m.name
            limit $3
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = runs }, new() { Value = PageSummaries + 1 } },
        };
        await command.PrepareAsync(ct);
        await using var rows = await command.ExecuteReaderAsync(ct);
        for (var read = 0; await rows.ReadAsync(ct); read++)
        {
            var before = (int)rows.GetInt64(0) - 1;
            if (read == PageSummaries && before > 0) return (found, before);
            var run = rows.GetGuid(1);
            if (!found.TryGetValue(run, out var metrics)) found[run] = metrics = new Dictionary<string, MetricSummary>(StringComparer.Ordinal);
            ((Dictionary<string, MetricSummary>)metrics)[rows.GetString(2)] = Summary(rows, 3);
        }

        return (found, runs.Length);
    }

    /// <summary>The summaries of one run.</summary>
    public async Task<IReadOnlyDictionary<string, MetricSummary>> SummariesAsync(string project, Guid run, CancellationToken ct) =>
        (await SummariesAsync(project, [run], ct)).Found.GetValueOrDefault(run, None);

    /// <summary>What the summaries of a run were, going by the times of its points.</summary>
    public async Task<IReadOnlyDictionary<string, MetricSummary>> SummariesAsOfAsync(string project, Guid run, DateTimeOffset moment, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select m.name, newest.value, newest.step, coalesce(total.min, 'NaN'), coalesce(total.max, 'NaN'), total.count
            from metric m
            cross join lateral (
                select value, step from metric_point p where p.series = m.series and p.time <= $3 order by step desc, time desc, value desc limit 1) newest
            cross join lateral (
                select count(*) as count, min(value) filter (where value <> 'NaN') as min, max(value) filter (where value <> 'NaN') as max
                from metric_point p where p.series = m.series and p.time <= $3) total
            where m.project = $1 and m.run = $2
            order by m.name
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = run }, new() { Value = moment.ToUniversalTime() } },
        };
        var metrics = new Dictionary<string, MetricSummary>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) metrics[rows.GetString(0)] = Summary(rows, 1);
        return metrics;
    }

    private static MetricSummary Summary(NpgsqlDataReader row, int first) =>
        new(row.GetDouble(first), row.GetInt64(first + 1), row.GetDouble(first + 2), row.GetDouble(first + 3), row.GetInt64(first + 4));
}
