using System.Globalization;
using System.Text;

namespace Mesh.Hub.Tables;

/// <summary>Decides what a column is by all of its values.</summary>
internal static class ColumnInference
{
    /// <summary>Most distinct numbers that are kept as classes too.</summary>
    private const int MaxNumericLevels = 200;

    private const int MaxCategories = 100;

    private static readonly HashSet<string> Truths = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "yes", "no", "t", "f", "y", "n" };

    private static readonly string[] DateForms =
    [
        "yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "MM/dd/yyyy", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss",
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    public static TableColumn Infer(string name, ColumnText text, IReadOnlyList<int> lines)
    {
        var present = text.Count - text.Missing;
        if (present == 0)
            return new TableColumn { Name = name, Kind = ColumnKind.Empty, Rows = text.Count, Missing = text.Missing, Codes = [.. Enumerable.Repeat(-1, text.Count)], Levels = [], Distinct = 0 };

        var numbers = new double[text.Count];
        var good = 0;
        Misfit? misfit = null;
        for (var row = 0; row < numbers.Length; row++)
        {
            var value = text[row];
            numbers[row] = double.NaN;
            if (value.IsEmpty) continue;
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            {
                numbers[row] = number;
                good++;
            }
            else
            {
                misfit ??= new Misfit(lines[row], Encoding.UTF8.GetString(value));
            }
        }

        return good == present ? Numeric(name, text, numbers) : Textual(name, text, present, good >= 0.9 * present && good > 10 ? (misfit, numbers) : null);
    }

    private static TableColumn Numeric(string name, ColumnText text, double[] numbers)
    {
        var distinct = new HashSet<double>(numbers);
        distinct.Remove(double.NaN);
        int[]? codes = null;
        string[]? levels = null;
        if (distinct.Count <= MaxNumericLevels)
            (codes, levels) = Encode(text, (a, b) => Number(a).CompareTo(Number(b)) is var c and not 0 ? c : string.CompareOrdinal(a, b));
        return new TableColumn
        {
            Name = name,
            Kind = ColumnKind.Numeric,
            Rows = text.Count,
            Missing = text.Missing,
            Numbers = numbers,
            Codes = codes,
            Levels = levels,
            Distinct = distinct.Count,
        };
    }

    private static TableColumn Textual(string name, ColumnText text, int present, (Misfit? Misfit, double[] Numbers)? nearlyNumeric)
    {
        var (codes, levels) = Encode(text, string.CompareOrdinal);
        return new TableColumn
        {
            Name = name,
            Kind = Kind(levels, present),
            Rows = text.Count,
            Missing = text.Missing,
            Codes = codes,
            Levels = levels,
            Distinct = levels.Length,
            // A few numbers beside letters are codes; many are measurements with something wrong among them.
            Misfit = nearlyNumeric is { } near && near.Numbers.Where(double.IsFinite).Distinct().Skip(10).Any() ? near.Misfit : null,
        };
    }

    private static ColumnKind Kind(string[] levels, int present)
    {
        if (levels.Length <= 2 && levels.All(Truths.Contains)) return ColumnKind.Boolean;
        if (levels.All(l => DateTime.TryParseExact(l, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))) return ColumnKind.Date;
        return levels.Length <= 2 || (levels.Length <= MaxCategories && levels.Length * 2 <= present) ? ColumnKind.Categorical : ColumnKind.Text;
    }

    private static (int[] Codes, string[] Levels) Encode(ColumnText text, Comparison<string> order)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = index.GetAlternateLookup<ReadOnlySpan<char>>();
        var codes = new int[text.Count];
        Span<char> chars = stackalloc char[256];
        for (var row = 0; row < codes.Length; row++)
        {
            var value = text[row];
            codes[row] = -1;
            if (value.IsEmpty) continue;
            ReadOnlySpan<char> key = value.Length <= chars.Length ? chars[..Encoding.UTF8.GetChars(value, chars)] : Encoding.UTF8.GetString(value);
            if (!lookup.TryGetValue(key, out codes[row]))
            {
                codes[row] = index.Count;
                lookup[key] = codes[row];
            }
        }

        var levels = index.Keys.ToArray();
        Array.Sort(levels, order);
        var ranks = new int[levels.Length];
        for (var rank = 0; rank < levels.Length; rank++) ranks[index[levels[rank]]] = rank;
        for (var row = 0; row < codes.Length; row++)
            if (codes[row] >= 0) codes[row] = ranks[codes[row]];
        return (codes, levels);
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
