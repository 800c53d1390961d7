using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Training;

/// <summary>The columns that a model learns from, by name: numbers, and texts that are taken as categories.</summary>
internal sealed record FeatureSet(IReadOnlyList<string> Numbers, IReadOnlyList<string> Categories)
{
    /// <summary>Chooses features of a table. What is left out and why goes to <paramref name="note"/>.</summary>
    /// <exception cref="HubFailure">A column cannot be used and was not excluded by name.</exception>
    public static FeatureSet Choose(Table table, TableColumn target, IReadOnlyList<string> excluded, Action<string> note)
    {
        foreach (var name in excluded) table.Column(name, "named by exclude");
        var numbers = new List<string>();
        var categories = new List<string>();
        foreach (var column in table.Columns.Where(c => c != target && !excluded.Contains(c.Name)))
        {
            if (column.Misfit is { } misfit)
                throw new HubFailure($"{table.Name}, line {misfit.Line}: the column '{column.Name}' holds numbers, but here '{misfit.Text}'; mend it or leave the column out with exclude.");
            switch (column.Kind)
            {
                case ColumnKind.Empty:
                    throw new HubFailure($"{table.Name}: the column '{column.Name}' has no values; leave it out with exclude.");
                case ColumnKind.Numeric:
                    numbers.Add(column.Name);
                    break;
                case ColumnKind.Boolean or ColumnKind.Categorical:
                    categories.Add(column.Name);
                    break;
                case ColumnKind.Date:
                    note($"leaving out '{column.Name}': dates are no features as they are");
                    break;
                case ColumnKind.Text:
                    note($"leaving out '{column.Name}': {column.Distinct} distinct texts are too many to be categories");
                    break;
                default:
                    throw new InvalidOperationException($"Unknown kind {column.Kind}.");
            }
        }

        if (numbers.Count + categories.Count == 0) throw new HubFailure($"{table.Name} has no column to learn from beside the target '{target.Name}'.");
        return new FeatureSet(numbers, categories);
    }

    /// <summary>The features as columns of a signature, in the order numbers, categories.</summary>
    public IReadOnlyList<Column> Columns() =>
        [.. Numbers.Select(n => new Column(n, ColumnType.Fp32)), .. Categories.Select(c => new Column(c, ColumnType.Bytes))];

    /// <summary>The features of some rows of a table, as the saved model takes them.</summary>
    /// <exception cref="HubFailure">The table lacks a feature, or has texts where numbers are needed, or numbers that are too large.</exception>
    public TableView View(Table table, IReadOnlyList<int> rows)
    {
        var view = new TableView(rows);
        foreach (var name in Numbers) view.AddNumbers(name, NumbersOf(table, name, rows));
        foreach (var name in Categories) view.AddTexts(name, table.Column(name, "a feature of the model"));
        return view;
    }

    private static double[] NumbersOf(Table table, string name, IReadOnlyList<int> rows)
    {
        var column = table.Column(name, "a feature of the model");
        table.RequireSingle(column, rows);
        if (column.Numbers is { } numbers) return numbers;
        if (column.Kind == ColumnKind.Empty) return [.. Enumerable.Repeat(double.NaN, column.Rows)];
        if (column.Misfit is { } misfit) throw new HubFailure($"{table.Name}, line {misfit.Line}: the column '{name}' must hold numbers, and holds '{misfit.Text}'.");
        var row = Enumerable.Range(0, column.Rows).First(r => !column.IsMissing(r));
        throw new HubFailure($"{table.Name}, line {table.Lines[row]}: the column '{name}' must hold numbers, and holds '{column.TextAt(row)}'.");
    }
}
