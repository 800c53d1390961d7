using System.Text.Json;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.LoggedModels;
using Npgsql;

namespace Mesh.Tracking.Search;

/// <summary>Which data sets the metrics of a search are of.</summary>
/// <param name="Filtered">Those of the filter; empty for all.</param>
/// <param name="Ordered">That of each key of the order; none for all.</param>
internal sealed record ModelDatasets(IReadOnlyList<MetricDataset> Filtered, IReadOnlyList<MetricDataset> Ordered);

/// <summary>
/// Finds logged models by the search grammar. The metrics of a model are those that were logged with its id; where it has none of a name, and no data set is asked
/// for, those of the run that made it.
/// </summary>
internal sealed class LoggedModelSearch(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    // Of one answer: a page that would have more is shorter.
    private const int MostMetrics = 50_000;

    /// <summary>A page of logged models that were not deleted, and the token of the next one.</summary>
    /// <param name="fingerprint">Of the query, for the token.</param>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public async Task<(IReadOnlyList<LoggedModel> Models, string? Next)> FindAsync(
        string project, long[] experiments, SearchQuery query, ModelDatasets datasets, string fingerprint, int limit, PageToken? after, CancellationToken ct)
    {
        var found = new List<LoggedModel>();
        if (experiments.Length == 0) return (found, null);
        var sql = new LoggedModelSql(project, datasets.Filtered);
        var where = new List<string> { "l.tenant_id = $1", "not l.deleted", $"l.experiment_id = any({sql.Bind(experiments)})" };
        if (datasets.Filtered.Count > 0) where.Add(sql.OnDatasets());
        if (query.Filter is { } filter) where.Add(sql.Where(filter));
        var keys = query.Orders.Select((order, i) => sql.KeyOf(order, datasets.Ordered[i])).ToList();
        if (keys.Count == 0) keys.Add(new SortKey("l.created_at", SortValue.Time, true, false));
        keys.Add(new SortKey("l.id", SortValue.Text, false, false));
        if (after is { Keys.Length: > 0 }) where.Add(Keyset.Behind(keys, after.Keys, value => sql.Bind(value)));
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"""
            select l.data, (select count(*) from logged_model_metric m where m.project = $1 and m.model = l.id){string.Join("", keys.Select(key => $", {key.Sql}"))} from mt_doc_logged_model l
            where {string.Join(" and ", where)} order by {string.Join(", ", keys.Select(key => key.Order))} limit {sql.Bind(limit + 1)}
            """, connection);
        foreach (var parameter in sql.Parameters) command.Parameters.Add(parameter);
        var (last, metrics) = (Array.Empty<JsonElement>(), 0L);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            metrics += rows.GetInt64(1);
            if (found.Count == limit || (found.Count > 0 && metrics > MostMetrics)) return (found, new PageToken(fingerprint, 0, last).Encode());
            found.Add(await store.Options.Serializer().FromJsonAsync<LoggedModel>(rows, 0, ct));
            last = [.. keys.Select((_, i) => JsonSerializer.SerializeToElement(SortKey.Keep(rows.GetValue(i + 2))))];
        }

        return (found, null);
    }
}

/// <summary>The SQL of the fields of a logged model. Its row is <c>l</c>.</summary>
internal sealed class LoggedModelSql(string project, IReadOnlyList<MetricDataset> datasets) : SearchSql(project)
{
    private const string Status = "case l.status when 'Ready' then 'READY' when 'UploadFailed' then 'FAILED' else 'PENDING' end";

    /// <summary>A condition that is true for models with a metric on one of the data sets.</summary>
    public string OnDatasets() => Told("", datasets);

    /// <summary>The key that a field sorts by.</summary>
    /// <param name="dataset">On which data set, if it is a metric.</param>
    public SortKey KeyOf(SearchOrder order, MetricDataset dataset) => order.Field switch
    {
        { Kind: FieldKind.Metric } field => new(Latest(field, dataset), SortValue.Number, order.Descending, true),
        { Kind: FieldKind.Attribute, Key: "creation_timestamp" } => new("l.created_at", SortValue.Time, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "last_updated_timestamp" } => new("l.updated_at", SortValue.Time, order.Descending, false),
        var field => new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true),
    };

    protected override string Where(SearchFilter.OfText comparison) => comparison.Field.Kind switch
    {
        FieldKind.Param => CompareEntry("(l.data -> 'params')", comparison.Field.Key, comparison.Comparator, comparison.Value),
        FieldKind.Tag => CompareEntry("(l.data -> 'tags')", comparison.Field.Key, comparison.Comparator, comparison.Value),
        _ => Compare(TextOf(comparison.Field), comparison.Comparator, comparison.Value),
    };

    protected override string Where(SearchFilter.OfNumber comparison) => comparison.Field.Kind is FieldKind.Metric
        ? Metric(comparison.Field, value => $" and {value} <> 'NaN' and {value} {Sign(comparison.Comparator)} {Bind(comparison.Value)}")
        : CompareTime(comparison.Field.Key == "creation_timestamp" ? "l.created_at" : "l.updated_at", comparison.Comparator, comparison.Value);

    protected override string Where(SearchFilter.In list) => list is { Field.Kind: FieldKind.Param or FieldKind.Tag, Negated: false }
        ? CompareEntry(list.Field.Kind is FieldKind.Param ? "(l.data -> 'params')" : "(l.data -> 'tags')", list)
        : Compare(TextOf(list.Field), list);

    protected override string Present(SearchField field) => field.Kind is FieldKind.Metric ? Metric(field, _ => "") : $"({TextOf(field)} is not null)";

    private string TextOf(SearchField field) => field switch
    {
        { Kind: FieldKind.Param } => $"(l.data -> 'params' ->> {Bind(field.Key)})",
        { Kind: FieldKind.Tag } => $"(l.data -> 'tags' ->> {Bind(field.Key)})",
        { Key: "model_id" } => "l.id",
        { Key: "name" } => "l.name",
        { Key: "model_type" } => "l.model_type",
        { Key: "status" } => Status,
        { Key: "source_run_id" } => "replace(l.source_run::text, '-', '')",
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "No such text."),
    };

    private string Metric(SearchField field, Func<string, string> condition)
    {
        var name = Bind(field.Key);
        var told = Told($" and m.name = {name}{condition("m.value")}", datasets);
        if (datasets.Count > 0) return told;
        return $"({told} or (not {Told($" and m.name = {name}", [])} and exists (select from metric r where {OfSource(name)}{condition("r.last")})))";
    }

    private string Latest(SearchField field, MetricDataset dataset)
    {
        var name = Bind(field.Key);
        var on = dataset == MetricDataset.None ? [] : (MetricDataset[])[dataset];
        var latest = $"(select m.value from logged_model_metric m where {OfModel(on)} and m.name = {name} order by m.step desc, m.time desc, m.value desc limit 1)";
        return on.Length > 0 ? latest : $"coalesce({latest}, (select r.last from metric r where {OfSource(name)}))";
    }

    private string Told(string condition, IReadOnlyList<MetricDataset> on) => $"exists (select from logged_model_metric m where {OfModel(on)}{condition})";

    private string OfModel(IReadOnlyList<MetricDataset> on)
    {
        var any = on.Select(each => each.Digest.Length == 0 ? $"m.dataset = {Bind(each.Name)}" : $"m.dataset = {Bind(each.Name)} and m.digest = {Bind(each.Digest)}").ToList();
        return $"m.project = {Project} and m.model = l.id{(any.Count == 0 ? "" : $" and ({string.Join(" or ", any)})")}";
    }

    private string OfSource(string name) => $"r.project = {Project} and r.run = l.source_run and r.name = {name}";
}
