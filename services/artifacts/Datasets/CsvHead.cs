using System.Text;
using Mesh.Artifacts.Blobs;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// What the first record of a CSV file says: what separates its fields, and whether they are names. DuckDB's own guess would rather skip lines, or see
/// one wide column, than say that rows are of different lengths.
/// </summary>
/// <param name="Names">A name per column, no two alike in any case of letters.</param>
internal sealed record CsvHead(char Delimiter, bool HasHeader, IReadOnlyList<string> Names)
{
    private const string Delimiters = ",;\t|";
    private const int MostBytes = 4 << 20;

    /// <exception cref="InvalidDataException">The record does not end within 4 MiB.</exception>
    public static CsvHead Read(string path)
    {
        var record = FirstRecord(path);
        var delimiter = Delimiters.MaxBy(candidate => Split(record, candidate).Count);
        var fields = Split(record, delimiter);
        var hasHeader = !IsData(fields);
        return new CsvHead(delimiter, hasHeader, Distinct(hasHeader ? fields : [.. fields.Select(_ => "")]));
    }

    // Names are seldom numbers: years of a wide table are, but not most of its columns.
    private static bool IsData(List<string> fields) =>
        fields.Count(field => double.TryParse(field, System.Globalization.CultureInfo.InvariantCulture, out _)) * 2 > fields.Count;

    private static string FirstRecord(string path)
    {
        using var reader = new StreamReader(PackedFile.OpenText(path), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        var record = new StringBuilder();
        var quoted = false;
        while (reader.Read() is >= 0 and var read)
        {
            var c = (char)read;
            if (c == '"') quoted = !quoted;
            if (!quoted && c is '\n' or '\r')
            {
                if (record.Length > 0) break;
                continue;
            }

            record.Append(c);
            if (record.Length > MostBytes) throw new InvalidDataException("The first record does not end within 4 MiB: a quote may be open.");
        }

        return record.ToString();
    }

    private static List<string> Split(string record, char delimiter)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < record.Length; i++)
        {
            var c = record[i];
            if (c == '"' && quoted && i + 1 < record.Length && record[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == delimiter && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }

    private static List<string> Distinct(IReadOnlyList<string> fields)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var names = new List<string>(fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            var name = fields[i].Trim() is { Length: > 0 } given ? given : $"column{i}";
            var unique = name;
            for (var n = 1; !taken.Add(unique); n++) unique = $"{name}_{n}";
            names.Add(unique);
        }

        return names;
    }
}
