using System.Text.Json;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.Runs;
using Npgsql;

namespace Mesh.Tracking.Search;

/// <summary>Which runs are looked at.</summary>
internal enum LifecycleView
{
    /// <summary>Those in sight.</summary>
    Active,

    /// <summary>Those that were deleted.</summary>
    Deleted,

    /// <summary>Both.</summary>
    All,
}

/// <summary>
/// Finds runs of experiments by the search grammar. Rows are found, filtered and sorted by PostgreSQL alone; where the first key is a metric, the index of its
/// values gives the order, in three parts: runs with a value, runs with NaN, runs without the metric. Runs and metrics are joined by the run's uuid, which has an
/// index on either side, so that the planner is free to begin with whichever finds fewer rows.
/// </summary>
internal sealed class RunSearch(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    // A page ends early rather than hold more than this of params and tags.
    private const int PageText = 16 << 20;
    private const int Values = 0;
    private const int Missing = 2;

    /// <summary>A page of runs, fewer than the limit where they are large, and the token of the next one.</summary>
    /// <param name="experiments">Numbers of the experiments to look in; null for all.</param>
    /// <param name="fingerprint">Of the query, for the token.</param>
    /// <param name="filter">What must hold beside the query.</param>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public async Task<(IReadOnlyList<Run> Runs, string? Next)> FindAsync(
        string project, long[]? experiments, LifecycleView view, SearchQuery query, string fingerprint, int limit, PageToken? after, CancellationToken ct,
        RunFilter? filter = null)
    {
        var runs = new List<Run>();
        if (experiments is []) return (runs, null);
        var parts = PartsOf(query);
        if (after is not null && (after.Part < 0 || after.Part >= parts)) throw PageToken.Refused;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        JsonElement[]? last = null;
        var text = 0L;
        for (var part = after?.Part ?? 0; part < parts; part++)
        {
            await using var command = Compile(project, experiments, view, query, part, after?.Part == part ? after.Keys : [], limit - runs.Count + 1, out var keys, filter);
            command.Connection = connection;
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                if (runs.Count == limit || text > PageText) return (runs, new PageToken(fingerprint, part, last ?? []).Encode());
                runs.Add(await store.Options.Serializer().FromJsonAsync<Run>(rows, 0, ct));
                text += runs[^1].TextLength;
                last = [.. keys.Select((_, i) => JsonSerializer.SerializeToElement(SortKey.Keep(rows.GetValue(i + 1))))];
            }

            // The next part has keys of its own: a page that ends just here goes on at its beginning.
            last = null;
        }

        return (runs, null);
    }

    /// <summary>In how many parts the order is read: one, where no metric comes first or only runs with a value of it are wanted.</summary>
    internal static int PartsOf(SearchQuery query) =>
        query.Orders is [{ Field: { Kind: FieldKind.Metric } metric }, ..] && !OnlyWithValue(query.Filter, metric) ? Missing + 1 : 1;

    /// <summary>One statement for one part of the order: the ids of the page first, then their documents.</summary>
    /// <param name="part">0: runs with a value of the metric that comes first, or all where none does; 1: with NaN; 2: without it.</param>
    /// <param name="after">The sort keys of the last row that was shown; empty at the beginning of the part.</param>
    /// <param name="keys">What the rows are sorted by; their values are the columns behind the document.</param>
    /// <exception cref="RejectedException">The keys to go on after are not those of the order: 400 <c>cursor.invalid</c>.</exception>
    internal static NpgsqlCommand Compile(
        string project, long[]? experiments, LifecycleView view, SearchQuery query, int part, JsonElement[] after, int limit, out IReadOnlyList<SortKey> keys,
        RunFilter? conditions = null)
    {
        var sql = new RunSql(project);
        var joins = new List<string>();
        var where = new List<string>();
        var orders = query.Orders.AsEnumerable();
        if (query.Orders is [{ Field: { Kind: FieldKind.Metric } first }, ..])
        {
            var name = sql.Bind(first.Key);
            if (part == Missing) where.Add($"not exists (select from metric m where m.project = $1 and m.run = r.id::uuid and m.name = {name})");
            else joins.Add($"join metric m0 on m0.project = $1 and m0.name = {name} and m0.last {(part == Values ? "<>" : "=")} 'NaN' and m0.run = r.id::uuid");
            if (part == Values) sql.Driving = first;
            else orders = orders.Skip(1);
        }

        where.Add("r.tenant_id = $1");
        if (experiments is not null) where.Add(experiments.Length == 1 ? $"r.experiment_id = {sql.Bind(experiments[0])}" : $"r.experiment_id = any({sql.Bind(experiments)})");
        if (view is not LifecycleView.All) where.Add(view is LifecycleView.Active ? "not r.deleted" : "r.deleted");
        if (view is not LifecycleView.Active) where.Add("r.purged_at is null");
        if (conditions is not null) where.AddRange(RunConditions.Of(conditions, "$1", sql.Bind));
        if (query.Filter is { } filter) where.Add(sql.Where(filter));
        var sort = orders.Select(order => sql.KeyOf(order, joins.Add)).ToList();
        if (sort.All(key => key.Sql != "r.began_at")) sort.Add(new SortKey("r.began_at", SortValue.Time, true, false));
        sort.Add(new SortKey("r.id", SortValue.Text, false, false));
        keys = sort;
        if (after.Length > 0) where.Add(Keyset.Behind(sort, after, value => sql.Bind(value)));
        // Between values that are not NaN the plain order is the index's own.
        var order = string.Join(", ", sort.Select((key, i) => i == 0 && sql.Driving is not null ? $"m0.last {(key.Descending ? "desc" : "asc")}" : key.Order));
        var columns = string.Join("", sort.Select((key, i) => $", {key.Sql} as k{i}"));
        var command = new NpgsqlCommand(
            $"""
            with page as materialized (
                select row_number() over () as place, found.* from (
                    select r.id as run{columns} from mt_doc_run r {string.Join(' ', joins)}
                    where {string.Join(" and ", where)}
                    order by {order} limit {sql.Bind(limit)}) found)
            select r.data{string.Join("", sort.Select((_, i) => $", page.k{i}"))}
            from page join mt_doc_run r on r.tenant_id = $1 and r.id = page.run
            order by page.place
            """);
        foreach (var parameter in sql.Parameters) command.Parameters.Add(parameter);
        return command;
    }

    // Comparisons hold for numbers alone, never for NaN or for what is missing.
    private static bool OnlyWithValue(SearchFilter? filter, SearchField metric) => filter switch
    {
        SearchFilter.OfNumber comparison => comparison.Field == metric,
        SearchFilter.And(var terms) => terms.Any(term => OnlyWithValue(term, metric)),
        SearchFilter.Or(var terms) => terms.All(term => OnlyWithValue(term, metric)),
        _ => false,
    };
}
