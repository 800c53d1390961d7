using Mesh.Hub.Running;

namespace Mesh.Hub.Tables;

/// <summary>A table in memory, column by column.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="Lines">Line of the file, from 1, on which each row begins.</param>
internal sealed record Table(string Name, IReadOnlyList<TableColumn> Columns, IReadOnlyList<int> Lines)
{
    public int Rows => Lines.Count;

    public TableColumn? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);

    /// <exception cref="HubFailure">There is no such column.</exception>
    public TableColumn Column(string name, string role) =>
        Find(name) ?? throw new HubFailure($"{Name} has no column '{name}' ({role}); its columns are {Enumerate(Columns.Select(c => c.Name))}.");

    /// <summary>Refuses numbers that are infinite in single precision, in which models compute.</summary>
    /// <exception cref="HubFailure">One of the rows holds such a number.</exception>
    public void RequireSingle(TableColumn column, IReadOnlyList<int> rows)
    {
        if (column.Numbers is not { } numbers) return;
        foreach (var row in rows)
        {
            if (float.IsInfinity((float)numbers[row]))
                throw new HubFailure($"{Name}, line {Lines[row]}: the column '{column.Name}' holds {column.TextAt(row)}, and models take numbers up to 3.4e38 only.");
        }
    }

    /// <summary>Up to 20 names for a message.</summary>
    public static string Enumerate(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(20)) + (all.Count > 20 ? $" and {all.Count - 20} more" : "");
    }
}
