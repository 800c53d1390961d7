using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Mesh.Tracking.Search;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Tracking.Compare;

/// <summary>Summarizes metrics over groups of runs; the figures are PostgreSQL's.</summary>
internal sealed class RunGrouping(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>The most runs that are looked at.</summary>
    public const int MaxRuns = 10_000;

    /// <summary>The most groups of an answer.</summary>
    public const int MaxGroups = 1000;

    /// <summary>The groups, each at the place of its first run.</summary>
    /// <returns>
    /// A refusal: 422 <c>groups.too-many</c>, or 422 <c>metric.out-of-range</c> where the values are too large for their mean or deviation.
    /// </returns>
    /// <exception cref="RejectedException">A field, the filter or the order is out of form: 400 <c>filter.invalid</c>.</exception>
    public async Task<(RunGroups? Groups, Rejection? Rejected)> GroupAsync(string project, GroupRuns wanted, CancellationToken ct)
    {
        RunField[] fields = [.. wanted.By.Select((field, i) => ReadText(field, $"by[{i}]"))];
        var query = ChosenRuns.Read(wanted.Select);
        var chosen = new ChosenRuns(project);
        string[] keys = [.. fields.Select(field => $"c.{chosen.Add(field)}")];
        var table = chosen.Compile(wanted.Select, query, MaxRuns);
        var names = chosen.Sql.Bind(wanted.Metrics.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var most = chosen.Sql.Bind(MaxRuns);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"""
            with {table}
            select (select count(*) from chosen) > {most}, n.name, count(*), count(m.last) filter (where m.last <> 'NaN'), count(*) filter (where m.last = 'NaN'),
                avg(m.last) filter (where m.last <> 'NaN'), min(m.last) filter (where m.last <> 'NaN'), max(m.last) filter (where m.last <> 'NaN'),
                stddev_samp(m.last) filter (where m.last <> 'NaN'), {string.Join(", ", keys)}
            from chosen c cross join unnest({names}) with ordinality as n (name, nth)
            left join metric m on m.project = $1 and m.run = c.run and m.name = n.name
            where c.place <= {most}
            group by {string.Join(", ", keys)}, n.name, n.nth
            order by min(c.place), n.nth
            limit {chosen.Sql.Bind((MaxGroups + 1) * wanted.Metrics.Count)}
            """, connection);
        foreach (var parameter in chosen.Sql.Parameters) command.Parameters.Add(parameter);
        try
        {
            return await ReadAsync(command, keys.Length, wanted.Metrics.Count, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.NumericValueOutOfRange)
        {
            return (null, Rejection.Unprocessable("metric.out-of-range", "The values are too large for their mean and deviation: leave such runs or metrics out.", "metrics"));
        }
    }

    private static async Task<(RunGroups? Groups, Rejection? Rejected)> ReadAsync(NpgsqlCommand command, int keys, int metrics, CancellationToken ct)
    {
        var groups = new List<RunGroup>();
        var truncated = false;
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<GroupedMetric>();
        while (await rows.ReadAsync(ct))
        {
            truncated = rows.GetBoolean(0);
            found.Add(new GroupedMetric(rows.GetString(1), rows.GetInt64(3), rows.GetInt64(4), Figure(rows, 5), Figure(rows, 6), Figure(rows, 7), Figure(rows, 8)));
            // A group comes as one row for each of the metrics, one after the other.
            if (found.Count < metrics) continue;
            if (groups.Count == MaxGroups)
                return (null, Rejection.Unprocessable("groups.too-many", $"These would be more than {MaxGroups} groups: choose fewer runs, or fields with fewer values.", "by"));
            groups.Add(new RunGroup([.. Enumerable.Range(9, keys).Select(i => rows.IsDBNull(i) ? null : rows.GetString(i))], rows.GetInt64(2), found));
            found = [];
        }

        return (new RunGroups(groups, truncated), null);
    }

    private static double? Figure(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetDouble(column);

    private static RunField ReadText(string text, string name) => RunField.Read(text, name) is { IsNumber: false } field
        ? field
        : throw SearchGrammar.Refused(name, $"'{name}' must be a field that holds texts, which '{text}' is not: a param, a tag, group, experiment, parent or status.");
}
