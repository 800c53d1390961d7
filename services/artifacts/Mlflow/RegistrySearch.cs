using System.Text.Json;
using Mesh.Artifacts.Models;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Mlflow;

/// <summary>Finds registered models and versions by the search grammar.</summary>
internal sealed class RegistrySearch(IArtifactsStore store, ServiceDatabase<IArtifactsStore> database)
{
    /// <summary>Registered models.</summary>
    public static readonly SearchSubject Models = new(
        "registered model",
        new Dictionary<string, (string, bool)>
        {
            ["name"] = ("name", false),
            ["creation_timestamp"] = ("creation_timestamp", true),
            ["last_updated_timestamp"] = ("last_updated_timestamp", true),
            ["timestamp"] = ("last_updated_timestamp", true),
        },
        [FieldKind.Tag]);

    /// <summary>Versions of models.</summary>
    public static readonly SearchSubject Versions = new(
        "model version",
        new Dictionary<string, (string, bool)>
        {
            ["name"] = ("name", false),
            ["run_id"] = ("run_id", false),
            ["source_path"] = ("source_path", false),
            ["source"] = ("source_path", false),
            ["current_stage"] = ("current_stage", false),
            ["user_id"] = ("user_id", false),
            ["version_number"] = ("version_number", true),
            ["version"] = ("version_number", true),
            ["creation_timestamp"] = ("creation_timestamp", true),
            ["last_updated_timestamp"] = ("last_updated_timestamp", true),
            ["timestamp"] = ("last_updated_timestamp", true),
        },
        [FieldKind.Tag]);

    /// <summary>A page of models, by name unless said otherwise, and the token of the next one.</summary>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public Task<(List<Model> Models, string? Next)> ModelsAsync(
        string project, SearchQuery query, string fingerprint, int limit, PageToken? after, CancellationToken ct)
    {
        var sql = new RegisteredModelSql(project);
        var keys = query.Orders.Select(sql.KeyOf).ToList();
        keys.Add(new SortKey("m.taken_name", SortValue.Text, false, false));
        return FindAsync<Model>("mt_doc_model", "m", "m.taken_name is not null", sql, query, keys, fingerprint, limit, after, ct);
    }

    /// <summary>A page of versions, what changed last first unless said otherwise, and the token of the next one.</summary>
    /// <exception cref="RejectedException">The token does not fit the order: 400 <c>cursor.invalid</c>.</exception>
    public async Task<(List<MlflowModelVersion> Versions, string? Next)> VersionsAsync(
        string project, SearchQuery query, string fingerprint, int limit, PageToken? after, CancellationToken ct)
    {
        var sql = new ModelVersionSql(project);
        var keys = query.Orders.Select(sql.KeyOf).ToList();
        if (keys.Count == 0) keys.Add(new SortKey("v.updated_at", SortValue.Time, true, false));
        keys.Add(new SortKey("v.model", SortValue.Text, false, false));
        keys.Add(new SortKey("v.version", SortValue.Integer, true, false));
        var (rows, next) = await FindAsync<RegisteredVersion>("mt_doc_model_version", "v", "true", sql, query, keys, fingerprint, limit, after, ct);
        return (await ShowAsync(project, rows, ct), next);
    }

    /// <summary>The newest version of each stage, by the models' names.</summary>
    public async Task<ILookup<string, MlflowModelVersion>> LatestAsync(string project, string[] models, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select distinct on (v.model, v.stage) v.data from mt_doc_model_version v where v.tenant_id = $1 and v.model = any($2)
            order by v.model, v.stage, v.version desc
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = project });
        command.Parameters.Add(new NpgsqlParameter { Value = models });
        var found = new List<RegisteredVersion>();
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) found.Add(await store.Options.Serializer().FromJsonAsync<RegisteredVersion>(rows, 0, ct));
        }

        return (await ShowAsync(project, found, ct)).ToLookup(version => version.Name);
    }

    // Only versions of earlier builds have their tags in their cards alone.
    private async Task<List<MlflowModelVersion>> ShowAsync(string project, List<RegisteredVersion> rows, CancellationToken ct)
    {
        var earlier = rows.Where(row => row.Tags is null).ToList();
        await using var session = store.OpenQuery(project);
        var cards = earlier.Count == 0 ? [] : await ModelReader.CardsAsync(session, earlier, ct);
        return [.. rows.Select(row => RegistryView.Of(project, row, row.Tags is null ? row.Notes(cards[row.Card]) : new VersionNotes(row.Description, row.Tags)))];
    }

    private async Task<(List<T> Found, string? Next)> FindAsync<T>(
        string table, string alias, string condition, SearchSql sql, SearchQuery query, List<SortKey> keys, string fingerprint, int limit, PageToken? after, CancellationToken ct)
        where T : class
    {
        var where = new List<string> { $"{alias}.tenant_id = $1", condition };
        if (query.Filter is { } filter) where.Add(sql.Where(filter));
        if (after is { Keys.Length: > 0 }) where.Add(Keyset.Behind(keys, after.Keys, value => sql.Bind(value)));
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            $"""
            select {alias}.data{string.Join("", keys.Select(key => $", {key.Sql}"))} from {table} {alias}
            where {string.Join(" and ", where)} order by {string.Join(", ", keys.Select(key => key.Order))} limit {sql.Bind(limit + 1)}
            """, connection);
        foreach (var parameter in sql.Parameters) command.Parameters.Add(parameter);
        var found = new List<T>();
        var last = Array.Empty<JsonElement>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (found.Count == limit) return (found, new PageToken(fingerprint, 0, last).Encode());
            found.Add(await store.Options.Serializer().FromJsonAsync<T>(rows, 0, ct));
            last = [.. keys.Select((_, i) => JsonSerializer.SerializeToElement(SortKey.Keep(rows.GetValue(i + 1))))];
        }

        return (found, null);
    }
}

/// <summary>The SQL of the fields of a registered model. Its row is <c>m</c>.</summary>
internal sealed class RegisteredModelSql(string project) : SearchSql(project)
{
    // Clients ask for models that are no prompts, and mean those that do not say either.
    private const string IsPrompt = "mlflow.prompt.is_prompt";

    /// <summary>The key that a field sorts by.</summary>
    public SortKey KeyOf(SearchOrder order) => order.Field switch
    {
        { Kind: FieldKind.Tag } field => new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true),
        { Key: "name" } => new("m.taken_name", SortValue.Text, order.Descending, false),
        var field => new(TimeOf(field), SortValue.Time, order.Descending, false),
    };

    protected override string Where(SearchFilter.OfText comparison)
    {
        var (field, comparator, value) = comparison;
        if (field.Kind is not FieldKind.Tag) return Compare(TextOf(field), comparator, value);
        var condition = CompareEntry("(m.data -> 'tags')", field.Key, comparator, value);
        return field.Key == IsPrompt && comparator is Comparator.NotEqual ? $"({condition} or {TextOf(field)} is null)" : condition;
    }

    protected override string Where(SearchFilter.OfNumber comparison) => CompareTime(TimeOf(comparison.Field), comparison.Comparator, comparison.Value);

    protected override string Where(SearchFilter.In list) => list is { Field.Kind: FieldKind.Tag, Negated: false }
        ? CompareEntry("(m.data -> 'tags')", list)
        : Compare(TextOf(list.Field), list);

    protected override string Present(SearchField field) => field.Kind is FieldKind.Tag ? $"({TextOf(field)} is not null)" : "true";

    private string TextOf(SearchField field) => field.Kind is FieldKind.Tag ? $"(m.data -> 'tags' ->> {Bind(field.Key)})" : "m.taken_name";

    private static string TimeOf(SearchField field) => field.Key == "creation_timestamp" ? "m.created_at" : "m.updated_at";
}

/// <summary>The SQL of the fields of a model version. Its row is <c>v</c>.</summary>
internal sealed class ModelVersionSql(string project) : SearchSql(project)
{
    /// <summary>The key that a field sorts by.</summary>
    public SortKey KeyOf(SearchOrder order) => order.Field switch
    {
        { Kind: FieldKind.Attribute, Key: "version_number" } => new("v.version", SortValue.Integer, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "creation_timestamp" } => new("v.at", SortValue.Time, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "last_updated_timestamp" } => new("v.updated_at", SortValue.Time, order.Descending, false),
        { Kind: FieldKind.Attribute, Key: "name" } => new("v.model", SortValue.Text, order.Descending, false),
        var field => new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true),
    };

    protected override string Where(SearchFilter.OfText comparison) => comparison.Field.Kind is FieldKind.Tag
        ? CompareEntry("(v.data -> 'tags')", comparison.Field.Key, comparison.Comparator, comparison.Value)
        : Compare(TextOf(comparison.Field), comparison.Comparator, comparison.Field.Key == "run_id" ? Id(comparison.Value) : comparison.Value);

    protected override string Where(SearchFilter.OfNumber comparison) => comparison.Field.Key switch
    {
        "version_number" => $"v.version {Sign(comparison.Comparator)} {Bind(comparison.Value)}",
        "creation_timestamp" => CompareTime("v.at", comparison.Comparator, comparison.Value),
        _ => CompareTime("v.updated_at", comparison.Comparator, comparison.Value),
    };

    protected override string Where(SearchFilter.In list) => list is { Field.Kind: FieldKind.Tag, Negated: false }
        ? CompareEntry("(v.data -> 'tags')", list)
        : Compare(TextOf(list.Field), list.Field.Key == "run_id" ? list with { Values = [.. list.Values.Select(Id)] } : list);

    protected override string Present(SearchField field) => $"({(IsNumber(field) ? "v.version" : TextOf(field))} is not null)";

    private static bool IsNumber(SearchField field) => field is { Kind: FieldKind.Attribute, Key: "version_number" or "creation_timestamp" or "last_updated_timestamp" };

    private string TextOf(SearchField field) => field switch
    {
        { Kind: FieldKind.Tag } => $"(v.data -> 'tags' ->> {Bind(field.Key)})",
        { Key: "name" } => "v.model",
        { Key: "run_id" } => "replace(v.run_id::text, '-', '')",
        { Key: "source_path" } => "v.source",
        { Key: "current_stage" } => "v.stage",
        { Key: "user_id" } => "(v.data ->> 'by')",
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "No such text."),
    };

    private static string Id(string value) => Guid.TryParse(value, out var id) ? id.ToString("N") : value;
}
