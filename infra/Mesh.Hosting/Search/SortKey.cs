using System.Globalization;
using System.Text.Json;

namespace Mesh.Hosting.Search;

/// <summary>What kind of values a sort key has.</summary>
public enum SortValue
{
    Text,
    Time,
    Integer,
    Number,
}

/// <summary>A key that rows are sorted by. What is missing comes last whatever the direction, and NaN just before it.</summary>
/// <param name="Sql">The expression; part of the statement, so never a caller's text.</param>
/// <param name="IsNullable">Whether it can be missing.</param>
public readonly record struct SortKey(string Sql, SortValue Value, bool Descending, bool IsNullable)
{
    private const int Longest = 500;

    /// <summary>The part of a text that it is sorted by: page tokens carry it.</summary>
    public static string Cut(string text) => string.Create(CultureInfo.InvariantCulture, $"left({text}, {Longest})");

    /// <summary>The terms of <c>ORDER BY</c>.</summary>
    public string Order
    {
        get
        {
            var direction = Descending ? "desc" : "asc";
            var nulls = IsNullable ? " nulls last" : "";
            // PostgreSQL takes NaN for the greatest number, which is right only upwards.
            return Value is SortValue.Number && Descending ? $"({Sql} = 'NaN') asc nulls last, {Sql} desc nulls last" : $"{Sql} {direction}{nulls}";
        }
    }

    /// <summary>The condition that a row comes after a value of this key.</summary>
    public string After(JsonElement value, Func<object, string> bind)
    {
        if (value.ValueKind is JsonValueKind.Null) return "false";
        if (IsNaN(value)) return $"{Sql} is null";
        var passed = $"{Sql} {(Descending ? "<" : ">")} {bind(Read(value))}";
        if (Value is SortValue.Number && Descending) passed = $"{passed} or {Sql} = 'NaN'";
        return IsNullable ? $"({passed} or {Sql} is null)" : $"({passed})";
    }

    /// <summary>The condition that a row has this value or one after it, for a key that is never missing.</summary>
    public string NotBefore(JsonElement value, Func<object, string> bind) => $"{Sql} {(Descending ? "<=" : ">=")} {bind(Read(value))}";

    /// <summary>Whether a value of a page token can be one of this key.</summary>
    public bool Fits(JsonElement value) => value.ValueKind is JsonValueKind.Null
        ? IsNullable
        : value.ValueKind is JsonValueKind.String && value.GetString() is { } text && Value switch
        {
            SortValue.Text => true,
            SortValue.Time => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks,
            SortValue.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            SortValue.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && (IsNullable || !double.IsNaN(number)),
            _ => false,
        };

    /// <summary>The condition that a row has the same value of this key.</summary>
    public string Same(JsonElement value, Func<object, string> bind) =>
        value.ValueKind is JsonValueKind.Null ? $"{Sql} is null" : IsNaN(value) ? $"{Sql} = 'NaN'" : $"{Sql} = {bind(Read(value))}";

    /// <summary>A value as it is kept in a page token.</summary>
    public static object? Keep(object value) => value switch
    {
        DBNull => null,
        DateTime time => time.Ticks.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private bool IsNaN(JsonElement value) => Value is SortValue.Number && value.ValueKind is JsonValueKind.String && value.ValueEquals("NaN"u8);

    private object Read(JsonElement value) => Value switch
    {
        SortValue.Text => value.GetString()!,
        SortValue.Time => new DateTime(long.Parse(value.GetString()!, CultureInfo.InvariantCulture), DateTimeKind.Utc),
        SortValue.Integer => long.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        SortValue.Number => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"{Value} is no kind of value."),
    };
}
