using System.Globalization;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Which types the columns of a CSV file have. A column is of a type when every value is, and can be written back: digits behind a leading zero are
/// text, and so are whole numbers of more than 38 digits.
/// </summary>
internal static class CsvTypes
{
    /// <summary>The type of what is no other.</summary>
    public const string Text = "VARCHAR";

    private const int SampleRows = 20_480;
    private const int SampleCells = 2_000_000;

    // The first that fits is taken.
    private static readonly (Fits Fit, string Type)[] Types =
    [
        (Fits.Whole, "BIGINT"), (Fits.Huge, "HUGEINT"), (Fits.Real, "DOUBLE"), (Fits.Truth, "BOOLEAN"),
        (Fits.Day, "DATE"), (Fits.Moment, "TIMESTAMP"), (Fits.Zoned, "TIMESTAMP WITH TIME ZONE"),
    ];

    private static readonly string[] Days = ["yyyy-M-d", "yyyy/M/d"];
    private static readonly string[] Clocks = ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF"];
    private static readonly string[] Offsets = ["'+'hh", "'+'hhmm", "'+'hh':'mm", "'-'hh", "'-'hhmm", "'-'hh':'mm"];

    [Flags]
    internal enum Fits
    {
        None = 0,
        Whole = 1,
        Huge = 2,
        Real = 4,
        Truth = 8,
        Day = 16,
        Moment = 32,
        Zoned = 64,
        All = 127,
    }

    /// <summary>The types of the relation's columns, which are text now.</summary>
    /// <param name="whole">Whether every row is looked at, and not the first ones alone.</param>
    public static IReadOnlyList<string> Infer(DuckSession session, int columns, bool whole)
    {
        var fits = new Fits[columns];
        var seen = new bool[columns];
        Array.Fill(fits, Fits.All);
        var limit = whole ? "" : string.Create(CultureInfo.InvariantCulture, $" limit {Math.Clamp(SampleCells / columns, 100, SampleRows)}");
        using var command = session.Stream($"select * from {DuckSession.Relation}{limit}", []);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            for (var i = 0; i < columns; i++)
            {
                if (fits[i] == Fits.None || reader.IsDBNull(i)) continue;
                seen[i] = true;
                fits[i] &= Of(reader.GetString(i));
            }
        }

        return [.. fits.Zip(seen, (fit, isSeen) => isSeen ? Types.Where(type => fit.HasFlag(type.Fit)).Select(type => type.Type).FirstOrDefault(Text) : Text)];
    }

    /// <summary>The types that a value can be of.</summary>
    internal static Fits Of(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        if (value.IsEmpty) return Fits.None;
        if (value.Equals("true", StringComparison.OrdinalIgnoreCase) || value.Equals("false", StringComparison.OrdinalIgnoreCase)) return Fits.Truth;
        var digits = value[0] is '+' or '-' ? value[1..] : value;
        if (digits.IsEmpty) return Fits.None;
        if (!digits.ContainsAnyExceptInRange('0', '9')) return OfDigits(value, digits);
        if (char.IsAsciiDigit(value[0]) && value.Length >= 8 && OfTime(value) is not Fits.None and var time) return time;
        return IsReal(value, digits) ? Fits.Real : Fits.None;
    }

    private static Fits OfDigits(ReadOnlySpan<char> value, ReadOnlySpan<char> digits)
    {
        if (digits.Length > 38 || (digits.Length > 1 && digits[0] == '0')) return Fits.None;
        return Fits.Huge | Fits.Real | (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? Fits.Whole : Fits.None);
    }

    private static bool IsReal(ReadOnlySpan<char> value, ReadOnlySpan<char> digits)
    {
        if (digits.Equals("nan", StringComparison.OrdinalIgnoreCase) || digits.Equals("inf", StringComparison.OrdinalIgnoreCase) || digits.Equals("infinity", StringComparison.OrdinalIgnoreCase)) return true;
        if (digits[0] == '0' && digits.Length > 1 && char.IsAsciiDigit(digits[1])) return false;
        return (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
            && double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
    }

    private static Fits OfTime(ReadOnlySpan<char> value)
    {
        var end = value.IndexOfAny('T', ' ');
        var day = end < 0 ? value : value[..end];
        if (!DateOnly.TryParseExact(day, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) return Fits.None;
        if (end < 0) return Fits.Day | Fits.Moment;
        var clock = value[(end + 1)..];
        var zone = clock.IndexOfAny('+', '-', 'Z');
        if (zone < 0) return IsClock(clock) ? Fits.Moment : Fits.None;
        var offset = clock[zone..];
        var isOffset = offset is "Z" || TimeSpan.TryParseExact(offset, Offsets, CultureInfo.InvariantCulture, out _);
        return isOffset && IsClock(clock[..zone]) && clock[..zone].Count(':') == 2 ? Fits.Zoned : Fits.None;
    }

    private static bool IsClock(ReadOnlySpan<char> clock) => TimeOnly.TryParseExact(clock, Clocks, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
