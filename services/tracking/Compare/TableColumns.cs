using System.Globalization;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Compare;

/// <summary>Makes columns of what was read: numbers with their range, or categories with their list.</summary>
internal static class TableColumns
{
    /// <summary>A number as people write params: a finite one in invariant form.</summary>
    public static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A column of numbers.</summary>
    public static TableColumn Of(string key, double?[] values)
    {
        double[] finite = [.. values.OfType<double>().Where(double.IsFinite)];
        return new TableColumn(key, ValueKind.Number, finite.Length == 0 ? null : finite.Min(), finite.Length == 0 ? null : finite.Max(), values);
    }

    /// <summary>A column of texts: of numbers where every text is one and there is at least one.</summary>
    public static TableColumn Of(string key, string?[] values)
    {
        if (AreNumbers(values.OfType<string>(), out var numbers))
        {
            var next = 0;
            return Of(key, [.. values.Select(value => value is null ? (double?)null : numbers[next++])]);
        }

        string[] categories = [.. values.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new TableColumn(
            key, ValueKind.Category, Categories: categories,
            Indexes: [.. values.Select(value => value is null ? (int?)null : Array.BinarySearch(categories, value, StringComparer.Ordinal))]);
    }

    /// <summary>Reads texts as numbers; false unless every one is a number and there is at least one.</summary>
    public static bool AreNumbers(IEnumerable<string> texts, out double[] numbers)
    {
        var read = new List<double>();
        foreach (var text in texts)
        {
            if (!TryNumber(text, out var number))
            {
                numbers = [];
                return false;
            }

            read.Add(number);
        }

        numbers = [.. read];
        return numbers.Length > 0;
    }
}
