namespace Mesh.Artifacts.Datasets;

/// <summary>Quoting for DuckDB, where a parameter cannot stand.</summary>
internal static class Sql
{
    /// <summary>A name.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
