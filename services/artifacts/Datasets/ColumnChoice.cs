using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Datasets;

/// <summary>Columns by name, as <c>?columns=a,b</c> and filters give them. A name in another case of letters is found too.</summary>
internal static class ColumnChoice
{
    /// <summary>The columns that a list names, in its order; all when there is none. Commas of a name stand in double quotes.</summary>
    /// <exception cref="RejectedException">There is no such column, or it is named twice.</exception>
    public static IReadOnlyList<DatasetColumn> Read(string? list, IReadOnlyList<DatasetColumn> columns)
    {
        if (string.IsNullOrEmpty(list)) return columns;
        var chosen = new List<DatasetColumn>();
        foreach (var name in Names(list))
        {
            var column = Find(columns, name) ?? throw new RejectedException(Unknown(name, columns, "columns"));
            if (chosen.Contains(column)) throw new RejectedException(Rejection.Malformed("columns.invalid", $"The column '{column.Name}' is named twice.", "columns"));
            chosen.Add(column);
        }

        return chosen;
    }

    /// <summary>A column by name.</summary>
    public static DatasetColumn? Find(IReadOnlyList<DatasetColumn> columns, string name) =>
        columns.FirstOrDefault(column => column.Name == name) ?? columns.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The refusal of a name that no column has.</summary>
    public static Rejection Unknown(string name, IReadOnlyList<DatasetColumn> columns, string field)
    {
        var shown = string.Join(", ", columns.Take(20).Select(column => column.Name));
        return Rejection.Malformed("column.unknown", $"There is no column '{name}'. There are: {shown}{(columns.Count > 20 ? $" and {columns.Count - 20} more" : "")}.", field);
    }

    private static IEnumerable<string> Names(string list)
    {
        var name = new System.Text.StringBuilder();
        var quoted = false;
        for (var i = 0; i < list.Length; i++)
        {
            var c = list[i];
            if (c == '"' && quoted && i + 1 < list.Length && list[i + 1] == '"')
            {
                name.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                yield return name.ToString();
                name.Clear();
            }
            else
            {
                name.Append(c);
            }
        }

        yield return name.ToString();
    }
}
