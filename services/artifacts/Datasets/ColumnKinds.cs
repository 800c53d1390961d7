using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>What DuckDB's types are to people, to JSON and to Arrow.</summary>
internal static class ColumnKinds
{
    /// <summary>The kind of a type.</summary>
    public static DatasetColumnKind Of(string type) => type switch
    {
        _ when type.EndsWith(']') => DatasetColumnKind.Other,
        "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" or "FLOAT" or "DOUBLE" => DatasetColumnKind.Number,
        _ when type.StartsWith("DECIMAL", StringComparison.Ordinal) => DatasetColumnKind.Number,
        "VARCHAR" or "UUID" or "JSON" => DatasetColumnKind.Text,
        _ when type.StartsWith("ENUM", StringComparison.Ordinal) => DatasetColumnKind.Text,
        "BOOLEAN" => DatasetColumnKind.Boolean,
        _ when type.StartsWith("DATE", StringComparison.Ordinal) || type.StartsWith("TIME", StringComparison.Ordinal) => DatasetColumnKind.Time,
        _ => DatasetColumnKind.Other,
    };

    /// <summary>Whether values may be NaN or infinite.</summary>
    public static bool IsFloating(string type) => type is "FLOAT" or "DOUBLE";

    /// <summary>The expression of a column for JSON: truth values, whole numbers, doubles and text; lists and structures as JSON text.</summary>
    public static string ForJson(string name, string type)
    {
        var column = Sql.Name(name);
        return Of(type) switch
        {
            DatasetColumnKind.Boolean => column,
            DatasetColumnKind.Number when type is "HUGEINT" or "UHUGEINT" || type.StartsWith("DECIMAL", StringComparison.Ordinal) => $"{column}::varchar",
            DatasetColumnKind.Number => column,
            DatasetColumnKind.Text => $"{column}::varchar",
            DatasetColumnKind.Time when type == "TIMESTAMP WITH TIME ZONE" => $"replace(replace({column}::varchar, ' ', 'T'), '+00', 'Z')",
            DatasetColumnKind.Time => $"replace({column}::varchar, ' ', 'T')",
            _ when type == "BLOB" => $"base64({column})",
            _ when IsNested(type) => $"to_json({column})::varchar",
            _ => $"{column}::varchar",
        };
    }

    /// <summary>Whether <see cref="ForJson"/> is JSON text.</summary>
    public static bool IsNested(string type) => type.EndsWith(']') || type.StartsWith("STRUCT", StringComparison.Ordinal) || type.StartsWith("MAP", StringComparison.Ordinal) || type.StartsWith("UNION", StringComparison.Ordinal);

    /// <summary>The expression of a column for Arrow: what it has no plain type for is text.</summary>
    public static string ForArrow(string name, string type)
    {
        var column = Sql.Name(name);
        var isPlain = Of(type) switch
        {
            DatasetColumnKind.Number => type != "UHUGEINT",
            DatasetColumnKind.Text => type == "VARCHAR",
            DatasetColumnKind.Boolean => true,
            DatasetColumnKind.Time => type is not ("TIME WITH TIME ZONE" or "TIME_NS"),
            _ => type == "BLOB" || (IsNested(type) && !HoldsExotic(type)),
        };
        return isPlain ? column : $"{(IsNested(type) ? $"to_json({column})" : column)}::varchar as {column}";
    }

    private static bool HoldsExotic(string type) =>
        type.StartsWith("MAP", StringComparison.Ordinal) || ((string[])["UNION(", "ENUM(", "BIT", "BIGNUM", "UHUGEINT", "TIME WITH", "TIME_NS", "INTERVAL", "UUID", "JSON"]).Any(exotic => type.Contains(exotic, StringComparison.Ordinal));
}
