namespace Mesh.Hub.Training;

/// <summary>Parts rows by chance, the same way for the same seed, each class in proportion.</summary>
internal static class Split
{
    /// <summary>Assigns each row to one of <paramref name="parts"/> parts.</summary>
    /// <param name="classes">Class of each row; rows of a class are spread evenly. Null: all alike.</param>
    /// <returns>Part, from 0, of each of <paramref name="rows"/>.</returns>
    public static int[] IntoParts(IReadOnlyList<int> rows, int[]? classes, int parts, int seed)
    {
        var result = new int[rows.Count];
        var next = 0;
        foreach (var at in Shuffled(rows, classes, seed))
        {
            result[at] = next;
            next = (next + 1) % parts;
        }

        return result;
    }

    /// <summary>Holds a fraction of the rows back; at least one of each side, and never the only row of a class.</summary>
    public static (int[] Train, int[] Held) HoldOut(IReadOnlyList<int> rows, int[]? classes, double fraction, int seed)
    {
        var train = new List<int>();
        var held = new List<int>();
        double owed = 0;
        var seen = new HashSet<int>();
        foreach (var at in Shuffled(rows, classes, seed))
        {
            var row = rows[at];
            owed += fraction;
            if (owed >= 1 && (classes is null || seen.Contains(classes[row])))
            {
                held.Add(row);
                owed -= 1;
                continue;
            }

            if (classes is not null) seen.Add(classes[row]);
            train.Add(row);
        }

        train.Sort();
        held.Sort();
        return ([.. train], [.. held]);
    }

    // Class after class, each shuffled: taking every k-th of this order is a stratified sample.
    private static IEnumerable<int> Shuffled(IReadOnlyList<int> rows, int[]? classes, int seed)
    {
        var order = Enumerable.Range(0, rows.Count).ToArray();
        new Random(seed).Shuffle(order);
        return classes is null ? order : order.OrderBy(at => classes[rows[at]]);
    }
}
