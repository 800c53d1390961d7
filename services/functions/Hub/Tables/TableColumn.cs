using System.Globalization;

namespace Mesh.Hub.Tables;

/// <summary>What the values of a column are.</summary>
internal enum ColumnKind
{
    /// <summary>Numbers.</summary>
    Numeric,

    /// <summary>Two words of truth, such as true and false or yes and no.</summary>
    Boolean,

    /// <summary>Few distinct texts.</summary>
    Categorical,

    /// <summary>Many distinct texts.</summary>
    Text,

    /// <summary>Days or moments.</summary>
    Date,

    /// <summary>No value at all.</summary>
    Empty,
}

/// <summary>A value that does not fit the rest of its column: the line of the file and the text.</summary>
internal sealed record Misfit(int Line, string Text);

/// <summary>One column. A numeric one has <see cref="Numbers"/>; one with few distinct values, numbers included, has <see cref="Codes"/> into <see cref="Levels"/>.</summary>
internal sealed class TableColumn
{
    public required string Name { get; init; }

    public required ColumnKind Kind { get; init; }

    public required int Rows { get; init; }

    public required int Missing { get; init; }

    /// <summary>Numeric: the values, NaN where missing.</summary>
    public double[]? Numbers { get; init; }

    /// <summary>Index into <see cref="Levels"/> per row, -1 where missing. Null for numbers of many distinct values.</summary>
    public int[]? Codes { get; init; }

    /// <summary>The distinct values as they are written in the file: numbers ascending, texts in ordinal order.</summary>
    public string[]? Levels { get; init; }

    public required long Distinct { get; init; }

    /// <summary>The first value that is no number, in a column whose other values nearly all are.</summary>
    public Misfit? Misfit { get; init; }

    public bool IsMissing(int row) => Codes is { } codes ? codes[row] < 0 : double.IsNaN(Numbers![row]);

    /// <summary>The value as text, empty where missing.</summary>
    public string TextAt(int row)
    {
        if (Codes is { } codes) return codes[row] < 0 ? "" : Levels![codes[row]];
        var number = Numbers![row];
        return double.IsNaN(number) ? "" : number.ToString("R", CultureInfo.InvariantCulture);
    }
}
