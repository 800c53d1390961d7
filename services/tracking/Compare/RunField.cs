using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Compare;

/// <summary>A field of a run that tables show and groups are made by: one of the search grammar, or one of the few that it does not know.</summary>
internal abstract record RunField
{
    private const string Experiment =
        "coalesce((select e.name from mt_doc_experiment e where e.tenant_id = r.tenant_id and e.number = r.experiment_id), r.data ->> 'experiment')";

    private RunField()
    {
    }

    /// <summary>Whether its values are numbers by themselves; a param's may be numbers written as text.</summary>
    public abstract bool IsNumber { get; }

    /// <summary>Reads a field.</summary>
    /// <param name="name">What it is called in a refusal.</param>
    /// <exception cref="RejectedException">It is out of form, or holds several values: 400 <c>filter.invalid</c>.</exception>
    public static RunField Read(string text, string name)
    {
        switch (text)
        {
            case "experiment": return new Own(Experiment, false);
            case "group": return new Own("r.run_group", false);
            case "parent": return new Own("r.parent::text", false);
            case "duration": return new Own("extract(epoch from r.ended_at - r.started_at)::double precision", true);
        }

        var field = SearchGrammar.ReadRunField(text, name);
        return field.Kind is FieldKind.Dataset
            ? throw SearchGrammar.Refused(name, $"'{name}' must not be '{text}': a run may have several data sets.")
            : new Known(field);
    }

    /// <summary>An expression over the run's row <c>r</c>: a text or a double; times in milliseconds since 1970.</summary>
    /// <param name="join">Takes the joins that it needs.</param>
    public abstract string Sql(RunSql sql, Action<string> join);

    /// <summary>One of the search grammar.</summary>
    private sealed record Known(SearchField Field) : RunField
    {
        public override bool IsNumber => Searched.Runs.IsNumber(Field);

        public override string Sql(RunSql sql, Action<string> join)
        {
            var (value, kind) = sql.ValueOf(Field, join);
            return kind is SortValue.Time ? $"(extract(epoch from {value}) * 1000)::double precision" : value;
        }
    }

    /// <summary>One that only these questions know.</summary>
    private sealed record Own(string Expression, bool Number) : RunField
    {
        public override bool IsNumber => Number;

        public override string Sql(RunSql sql, Action<string> join) => Expression;
    }
}
