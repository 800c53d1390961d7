using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Tracking.Search;
using NpgsqlTypes;

namespace Mesh.Tracking.Compare;

/// <summary>
/// The runs that a question is about, as the table <c>chosen</c> of a statement: <c>place</c> (from 1, in the order of the selection), <c>run</c>, <c>run_name</c>,
/// and the fields that the question asks for. One run more than the limit is chosen, which says that there are more.
/// </summary>
internal sealed class ChosenRuns
{
    private readonly List<string> _joins = [];
    private readonly List<string> _fields = [];

    public ChosenRuns(string project) => Sql = new RunSql(project);

    /// <summary>Takes the parameters of the statement; the first is the project.</summary>
    public RunSql Sql { get; }

    /// <summary>Reads the filter and the order of a selection.</summary>
    /// <exception cref="RejectedException">One is out of form: 400 <c>filter.invalid</c>.</exception>
    public static SearchQuery Read(RunSelection selection) => SearchGrammar.ReadRuns(selection.Filter, selection.OrderBy ?? [], "select.");

    /// <summary>Asks for a field; answers the name of its column.</summary>
    public string Add(RunField field) => Add(field.Sql(Sql, _joins.Add));

    /// <summary>Asks for an expression over the run's row <c>r</c>, which is the program's own text; answers the name of its column.</summary>
    public string Add(string expression)
    {
        var column = $"f{_fields.Count}";
        _fields.Add($"{expression} as {column}");
        return column;
    }

    /// <summary>Joins what only some runs have, which leaves the others out; the program's own text.</summary>
    public void Join(string join) => _joins.Add(join);

    /// <summary>The common table expression.</summary>
    /// <param name="query">What the selection's filter and order were read into.</param>
    /// <param name="limit">The most runs.</param>
    public string Compile(RunSelection selection, SearchQuery query, int limit)
    {
        List<string> where = ["r.tenant_id = $1", "not r.deleted"];
        if (selection.Runs is { } ids) where.Add($"r.id = any({Sql.Bind(ids.Select(id => id.ToString()).ToArray())})");
        if (selection.Experiments is { } experiments)
        {
            var names = Sql.Bind(experiments.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            where.Add($"r.experiment_id = any(array(select number from mt_doc_experiment where tenant_id = $1 and name = any({names})))");
        }

        if (query.Filter is { } filter) where.Add(Sql.Where(filter));
        var order = string.Join(", ", query.Orders.Select(key => Sql.KeyOf(key, _joins.Add).Order).Concat(["r.began_at desc", "r.id"]));
        return
            $"""
            chosen as materialized (
                select row_number() over (order by {order}) as place, r.id::uuid as run, r.name as run_name{string.Join("", _fields.Select(field => $", {field}"))}
                from mt_doc_run r {string.Join(' ', _joins)}
                where {string.Join(" and ", where)}
                order by {order} limit {Sql.Bind(limit + 1)})
            """;
    }
}
