using System.Text.Json;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.Experiments;
using Npgsql;

namespace Mesh.Tracking.Search;

/// <summary>Finds experiments by the search grammar.</summary>
internal sealed class ExperimentSearch(ITrackingStore store, ServiceDatabase<ITrackingStore> database)
{
    /// <summary>A page of experiments, and the token of the next one.</summary>
    /// <param name="fingerprint">Of the query, for the token.</param>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public async Task<(IReadOnlyList<Experiment> Experiments, string? Next)> FindAsync(
        string project, LifecycleView view, SearchQuery query, string fingerprint, int limit, PageToken? after, CancellationToken ct)
    {
        var sql = new ExperimentSql(project);
        var where = new List<string> { "e.tenant_id = $1" };
        if (view is not LifecycleView.All) where.Add(view is LifecycleView.Active ? "not e.deleted" : "e.deleted");
        if (query.Filter is { } filter) where.Add(sql.Where(filter));
        var keys = query.Orders.Select(sql.KeyOf).ToList();
        if (keys.Count == 0) keys.Add(new SortKey("e.created_at", SortValue.Time, true, false));
        keys.Add(new SortKey("e.number", SortValue.Integer, false, false));
        if (after is { Keys.Length: > 0 }) where.Add(Keyset.Behind(keys, after.Keys, value => sql.Bind(value)));
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"""
            select e.data{string.Join("", keys.Select(key => $", {key.Sql}"))} from mt_doc_experiment e
            where {string.Join(" and ", where)} order by {string.Join(", ", keys.Select(key => key.Order))} limit {sql.Bind(limit + 1)}
            """, connection);
        foreach (var parameter in sql.Parameters) command.Parameters.Add(parameter);
        var found = new List<Experiment>();
        var last = Array.Empty<JsonElement>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (found.Count == limit) return (found, new PageToken(fingerprint, 0, last).Encode());
            found.Add(await store.Options.Serializer().FromJsonAsync<Experiment>(rows, 0, ct));
            last = [.. keys.Select((_, i) => JsonSerializer.SerializeToElement(SortKey.Keep(rows.GetValue(i + 1))))];
        }

        return (found, null);
    }
}

/// <summary>The SQL of the fields of an experiment. Its row is <c>e</c>.</summary>
internal sealed class ExperimentSql(string project) : SearchSql(project)
{
    /// <summary>The key that a field sorts by.</summary>
    public SortKey KeyOf(SearchOrder order) => order.Field switch
    {
        { Kind: FieldKind.Tag } field => new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true),
        { Key: "name" } => new("e.name", SortValue.Text, order.Descending, false),
        { Key: "experiment_id" } => new("e.number", SortValue.Integer, order.Descending, false),
        var field => new(TimeOf(field), SortValue.Time, order.Descending, false),
    };

    protected override string Where(SearchFilter.OfText comparison) => comparison.Field.Kind is FieldKind.Tag
        ? CompareEntry("(e.data -> 'tags')", comparison.Field.Key, comparison.Comparator, comparison.Value)
        : Compare(TextOf(comparison.Field), comparison.Comparator, comparison.Value);

    protected override string Where(SearchFilter.OfNumber comparison) => comparison.Field.Key == "experiment_id"
        ? $"e.number {Sign(comparison.Comparator)} {Bind(comparison.Value)}"
        : CompareTime(TimeOf(comparison.Field), comparison.Comparator, comparison.Value);

    protected override string Where(SearchFilter.In list) => list is { Field.Kind: FieldKind.Tag, Negated: false }
        ? CompareEntry("(e.data -> 'tags')", list)
        : Compare(TextOf(list.Field), list);

    protected override string Present(SearchField field) => field.Kind is FieldKind.Tag ? $"({TextOf(field)} is not null)" : "true";

    private string TextOf(SearchField field) => field.Kind is FieldKind.Tag ? $"(e.data -> 'tags' ->> {Bind(field.Key)})" : "e.name";

    private static string TimeOf(SearchField field) => field.Key == "creation_time" ? "e.created_at" : "e.updated_at";
}
