using Mesh.Contracts.Tracking;
using Mesh.Hosting.Search;

namespace Mesh.Tracking.Search;

/// <summary>The SQL of the fields of a run. The run's row is <c>r</c>.</summary>
internal sealed class RunSql(string project) : SearchSql(project)
{
    private static readonly string Status =
        $"case r.status {string.Join(' ', Enum.GetValues<RunStatus>().Select(status => $"when '{status}' then '{NameOf(status)}'"))} end";

    // Files that are elsewhere are found by the location of their experiment.
    private const string ArtifactUri =
        """
        (coalesce((select e.data ->> 'artifactLocation' from mt_doc_experiment e where e.tenant_id = r.tenant_id and e.number = r.experiment_id),
                  'mlflow-artifacts:/' || r.experiment_id) || '/' || replace(r.id, '-', '') || '/artifacts')
        """;

    /// <summary>The metric that the rows are found by, in sorted order, as <c>m0</c>; null when they are not.</summary>
    public SearchField? Driving { get; set; }

    /// <summary>The key that a field sorts by.</summary>
    /// <param name="join">Takes the joins that the key needs.</param>
    public SortKey KeyOf(SearchOrder order, Action<string> join)
    {
        var field = order.Field;
        switch (field.Kind)
        {
            case FieldKind.Attribute:
                return field.Key switch
                {
                    "start_time" => new("r.began_at", SortValue.Time, order.Descending, false),
                    "end_time" => new("r.ended_at", SortValue.Time, order.Descending, true),
                    _ => new(TextOf(field), SortValue.Text, order.Descending, false),
                };
            case FieldKind.Metric when field == Driving:
                return new("m0.last", SortValue.Number, order.Descending, false);
            case FieldKind.Metric:
                var name = Bind(field.Key);
                var alias = $"m{name[1..]}";
                join($"left join metric {alias} on {alias}.project = {Project} and {alias}.run = r.id::uuid and {alias}.name = {name}");
                return new($"{alias}.last", SortValue.Number, order.Descending, true);
            default:
                return new(SortKey.Cut(TextOf(field)), SortValue.Text, order.Descending, true);
        }
    }

    /// <summary>The value of a field as a whole, where a key to sort by has only the beginning of a text.</summary>
    /// <param name="join">Takes the joins that the value needs.</param>
    public (string Sql, SortValue Value) ValueOf(SearchField field, Action<string> join)
    {
        if (field.Kind is FieldKind.Param or FieldKind.Tag) return (TextOf(field), SortValue.Text);
        var key = KeyOf(new SearchOrder(field, false), join);
        return (key.Sql, key.Value);
    }

    protected override string Where(SearchFilter.OfText comparison)
    {
        var (field, comparator, value) = comparison;
        return field.Kind switch
        {
            FieldKind.Dataset => Input(field, input => Compare(input, comparator, value)),
            FieldKind.Param => CompareEntry("(r.data -> 'params')", field.Key, comparator, value),
            FieldKind.Tag when field.Key != Mlflow.MlflowTags.RunName => CompareEntry("(r.data -> 'tags')", field.Key, comparator, value),
            FieldKind.Attribute when field.Key == "status" && comparator is Comparator.Equal or Comparator.NotEqual => OfStatus([value], comparator is Comparator.NotEqual),
            FieldKind.Attribute when field.Key == "run_id" && comparator is Comparator.Equal or Comparator.NotEqual => Compare("r.id", comparator, Id(value)),
            _ => Compare(TextOf(field), comparator, value),
        };
    }

    protected override string Where(SearchFilter.OfNumber comparison)
    {
        var (field, comparator, value) = comparison;
        if (field.Kind is not FieldKind.Metric) return CompareTime(field.Key == "start_time" ? "r.began_at" : "r.ended_at", comparator, value);
        return field == Driving ? $"m0.last {Sign(comparator)} {Bind(value)}" : Metric(field, $" and m.last <> 'NaN' and m.last {Sign(comparator)} {Bind(value)}");
    }

    protected override string Where(SearchFilter.In list) => list.Field switch
    {
        { Kind: FieldKind.Dataset } field => list.Negated ? $"(not {Input(field, input => Compare(input, list with { Negated = false }))})" : Input(field, input => Compare(input, list)),
        { Kind: FieldKind.Param } field when !list.Negated => CompareEntry("(r.data -> 'params')", list),
        { Kind: FieldKind.Tag } field when !list.Negated && field.Key != Mlflow.MlflowTags.RunName => CompareEntry("(r.data -> 'tags')", list),
        { Kind: FieldKind.Attribute, Key: "status" } => OfStatus(list.Values, list.Negated),
        { Kind: FieldKind.Attribute, Key: "run_id" } => Compare("r.id", list with { Values = [.. list.Values.Select(Id)] }),
        var field => Compare(TextOf(field), list),
    };

    protected override string Present(SearchField field) => field.Kind switch
    {
        FieldKind.Metric => Metric(field, ""),
        FieldKind.Dataset => Input(field, input => $"{input} is not null"),
        FieldKind.Attribute when field.Key is "start_time" => "true",
        FieldKind.Attribute when field.Key is "end_time" => "(r.ended_at is not null)",
        _ => $"({TextOf(field)} is not null)",
    };

    private string TextOf(SearchField field) => field switch
    {
        { Kind: FieldKind.Param } => $"(r.data -> 'params' ->> {Bind(field.Key)})",
        { Kind: FieldKind.Tag, Key: Mlflow.MlflowTags.RunName } => "r.name",
        { Kind: FieldKind.Tag } => $"(r.data -> 'tags' ->> {Bind(field.Key)})",
        { Key: "run_id" } => "replace(r.id, '-', '')",
        { Key: "run_name" } => "r.name",
        { Key: "user_id" } => "coalesce(r.user_id, '')",
        { Key: "status" } => Status,
        { Key: "artifact_uri" } => ArtifactUri,
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "No such text."),
    };

    private string Metric(SearchField field, string condition) =>
        $"exists (select from metric m where m.project = {Project} and m.run = r.id::uuid and m.name = {Bind(field.Key)}{condition})";

    private string Input(SearchField field, Func<string, string> condition) =>
        $"exists (select from run_input i where i.project = {Project} and i.run = r.id::uuid and {condition($"i.{field.Key}")})";

    // By the column itself, which has an index.
    private string OfStatus(IReadOnlyList<string> names, bool negated)
    {
        var statuses = Enum.GetValues<RunStatus>().Where(status => names.Contains(NameOf(status))).Select(status => status.ToString()).ToArray();
        return $"r.status {(negated ? "<> all" : "= any")}({Bind(statuses)})";
    }

    private static string NameOf(RunStatus status) => status switch
    {
        RunStatus.Pending => "SCHEDULED",
        RunStatus.Running or RunStatus.Aborting => "RUNNING",
        RunStatus.Completed => "FINISHED",
        RunStatus.Failed => "FAILED",
        RunStatus.Aborted => "KILLED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    // Ids are kept with dashes; what is no id is nobody's.
    private static string Id(string value) => Guid.TryParse(value, out var id) ? id.ToString() : value;
}
