using System.Text.Json;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.Traces;
using Npgsql;

namespace Mesh.Tracking.Search;

/// <summary>Finds traces by the search grammar.</summary>
internal sealed class TraceSearch(ServiceDatabase<ITrackingStore> database)
{
    /// <summary>A page of the traces of experiments that were not deleted, and the token of the next one.</summary>
    /// <param name="fingerprint">Of the query, for the token.</param>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public async Task<(IReadOnlyList<Trace> Traces, string? Next)> FindAsync(
        string project, long[] experiments, SearchQuery query, string fingerprint, int limit, PageToken? after, CancellationToken ct)
    {
        var sql = new TraceSql(project);
        var keys = query.Orders.Select(sql.KeyOf).ToList();
        if (keys.Count == 0) keys.Add(new SortKey("t.requested_at", SortValue.Time, true, false));
        keys.Add(new SortKey("t.id", SortValue.Text, keys[0] is { Sql: "t.requested_at", Descending: true }, false));
        var where = new List<string> { "t.project = $1" };
        if (query.Filter is { } filter) where.Add(sql.Where(filter));
        if (after is { Keys.Length: > 0 }) where.Add(Keyset.Behind(keys, after.Keys, value => sql.Bind(value)));
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var active = await ActiveAsync(connection, project, experiments, ct);
        if (active.Length == 0) return ([], null);
        // One experiment by itself: its index has the order.
        where.Add(active.Length == 1 ? $"t.experiment = {sql.Bind(active[0])}" : $"t.experiment = any({sql.Bind(active)})");
        await using var command = new NpgsqlCommand(
            $"""
            select {TraceStore.Columns}{string.Join("", keys.Select(key => $", {key.Sql}"))} from trace t
            where {string.Join(" and ", where)} order by {string.Join(", ", keys.Select(key => key.Order))} limit {sql.Bind(limit + 1)}
            """, connection);
        foreach (var parameter in sql.Parameters) command.Parameters.Add(parameter);
        return query.Filter is { } asked && SearchFilter.HasExpressions(asked)
            ? await ExpressionGuard.RunAsync(connection, () => ReadAsync(command, keys.Count, fingerprint, limit, ct), ct)
            : await ReadAsync(command, keys.Count, fingerprint, limit, ct);
    }

    private static async Task<(IReadOnlyList<Trace> Traces, string? Next)> ReadAsync(NpgsqlCommand command, int keys, string fingerprint, int limit, CancellationToken ct)
    {
        var (found, last) = (new List<Trace>(), Array.Empty<JsonElement>());
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (found.Count == limit) return (found, new PageToken(fingerprint, 0, last).Encode());
            found.Add(TraceStore.Read(rows));
            last = [.. Enumerable.Range(0, keys).Select(i => JsonSerializer.SerializeToElement(SortKey.Keep(rows.GetValue(rows.FieldCount - keys + i))))];
        }

        return (found, null);
    }

    private static async Task<long[]> ActiveAsync(NpgsqlConnection connection, string project, long[] experiments, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select number from mt_doc_experiment where tenant_id = $1 and number = any($2) and not deleted", connection)
        {
            Parameters = { new() { Value = project }, new() { Value = experiments } },
        };
        await command.PrepareAsync(ct);
        var active = new List<long>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) active.Add(rows.GetInt64(0));
        return [.. active];
    }
}

/// <summary>The SQL of the fields of a trace. Its row is <c>t</c>.</summary>
internal sealed class TraceSql(string project) : SearchSql(project)
{
    // Of an assessment, as text: what is no text is so in JSON. Values that their client packed are what it packed.
    private const string Value = "coalesce(a.content -> 'serialized_value' ->> 'value', a.content ->> 'value', '')";

    // In milliseconds since 1970.
    private const string EndedAt = "(floor(extract(epoch from t.requested_at) * 1000)::bigint + t.duration)";

    /// <summary>The key that a field sorts by.</summary>
    public SortKey KeyOf(SearchOrder order) => order.Field switch
    {
        { Kind: FieldKind.Attribute, Key: "timestamp_ms" } => new("t.requested_at", SortValue.Time, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "end_time_ms" } => new(EndedAt, SortValue.Integer, order.Descending, true),
        { Kind: FieldKind.Attribute, Key: "execution_time_ms" } => new("t.duration", SortValue.Integer, order.Descending, true),
        { Kind: FieldKind.Attribute, Key: "experiment_id" } => new("t.experiment", SortValue.Integer, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "trace_id" or "status" } field => new(TextOf(field), SortValue.Text, order.Descending, false),
        var field => new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true),
    };

    protected override string Where(SearchFilter.OfText comparison)
    {
        var (field, comparator, value) = comparison;
        if (field.Kind is FieldKind.Feedback or FieldKind.Expectation) return Assessed(field, Judged(comparator, value));
        if (MemberOf(field) is var (member, key)) return CompareEntry(member, key, comparator, value);
        return field.Key == "run_id" && comparator is Comparator.Equal or Comparator.NotEqual
            ? OfRuns(field, [value], comparator is Comparator.NotEqual)
            : Compare(TextOf(field), comparator, value);
    }

    protected override string Where(SearchFilter.OfNumber comparison) => comparison.Field.Key switch
    {
        "timestamp_ms" => CompareTime("t.requested_at", comparison.Comparator, comparison.Value),
        "end_time_ms" => $"{EndedAt} {Sign(comparison.Comparator)} {Bind(comparison.Value)}",
        "experiment_id" => $"t.experiment {Sign(comparison.Comparator)} {Bind(comparison.Value)}",
        _ => $"t.duration {Sign(comparison.Comparator)} {Bind(comparison.Value)}",
    };

    protected override string Where(SearchFilter.In list) => list.Field.Kind is FieldKind.Feedback or FieldKind.Expectation
        ? list.Negated ? $"({Present(list.Field)} and not {Assessed(list.Field, Compare(Value, list with { Negated = false }))})" : Assessed(list.Field, Compare(Value, list))
        : list.Field.Key == "run_id" && list.Field.Kind is FieldKind.Attribute
        ? OfRuns(list.Field, list.Values, list.Negated)
        : MemberOf(list.Field) is var (member, key) && !list.Negated ? CompareEntry(member, list with { Field = list.Field with { Key = key } }) : Compare(TextOf(list.Field), list);

    protected override string Present(SearchField field) => field switch
    {
        { Kind: FieldKind.Feedback or FieldKind.Expectation } => Assessed(field, "true"),
        { Kind: FieldKind.Attribute, Key: "timestamp_ms" or "experiment_id" } => "true",
        { Kind: FieldKind.Attribute, Key: "end_time_ms" or "execution_time_ms" } => "(t.duration is not null)",
        { Kind: FieldKind.Attribute, Key: "run_id" } => $"({TextOf(field)} is not null or exists (select from trace_run l where l.project = t.project and l.trace = t.id))",
        _ => $"({TextOf(field)} is not null)",
    };

    // The run that a trace came from is in its metadata; those that it was linked to are in a table. Both have an index, as long as no OR stands between them.
    private string OfRuns(SearchField field, IReadOnlyList<string> values, bool negated)
    {
        var from = values.Distinct().Select(value => $"select f.id from trace f where f.project = {Project} and {CompareEntry("f.metadata", TraceKeys.SourceRun, Comparator.Equal, value)}");
        var runs = values.Select(value => Guid.TryParse(value, out var run) ? run : (Guid?)null).OfType<Guid>().Distinct().ToArray();
        var found = $"t.id in ({string.Join(" union all ", from)} union all select l.trace from trace_run l where l.project = {Project} and l.run = any({Bind(runs)}))";
        return negated ? $"({Present(field)} and not {found})" : found;
    }

    // Of several of a name one is enough; those in whose place there is another do not count.
    private string Assessed(SearchField field, string condition) =>
        $"exists (select from trace_assessment a where a.project = {Project} and a.trace = t.id and a.valid and a.kind = {Bind(SearchField.PrefixOf(field.Kind))} and a.name = {Bind(field.Key)} and {condition})";

    // 4 and 4.0 are the same number, however it is written.
    private string Judged(Comparator comparator, string value) =>
        comparator is Comparator.Equal or Comparator.NotEqual && decimal.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? $"({Compare(Value, Comparator.Equal, value)} or a.content -> 'value' = to_jsonb({Bind(number)}::numeric)) is {(comparator is Comparator.Equal ? "true" : "not true")}"
            : Compare(Value, comparator, value);

    // Some attributes are entries.
    private static (string Member, string Key)? MemberOf(SearchField field) => field switch
    {
        { Kind: FieldKind.Tag } => ("t.tags", field.Key),
        { Kind: FieldKind.Metadata } => ("t.metadata", field.Key),
        { Key: "name" } => ("t.tags", TraceKeys.Name),
        _ => null,
    };

    private string TextOf(SearchField field) => MemberOf(field) is var (member, key) ? $"({member} ->> {Bind(key)})" : field.Key switch
    {
        "trace_id" => "t.id",
        "status" => "t.state",
        "client_request_id" => "t.client_request_id",
        "run_id" => $"(t.metadata ->> {Bind(TraceKeys.SourceRun)})",
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "No such text."),
    };
}
