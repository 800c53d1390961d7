using Sylvan.Data.Csv;

namespace Mesh.Cli.Serving;

/// <summary>A CSV file with a header: names of the columns, and the rows as texts.</summary>
internal sealed record CsvRows(IReadOnlyList<string> Columns, IReadOnlyList<string[]> Rows)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line has more or fewer values than the header, a column has no name or one that came before, or there is no row.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<CsvRows> ReadAsync(string path, CancellationToken ct)
    {
        using var text = File.OpenText(path);
        await using var csv = await CsvDataReader.CreateAsync(text, new CsvDataReaderOptions { HasHeaders = true }, ct);
        var columns = Enumerable.Range(0, csv.FieldCount).Select(csv.GetName).ToArray();
        if (columns.Any(string.IsNullOrWhiteSpace) || columns.Distinct(StringComparer.Ordinal).Count() != columns.Length)
            throw new FormatException($"{path}: every column needs a name of its own in the first line.");
        var rows = new List<string[]>();
        while (await csv.ReadAsync(ct))
        {
            if (csv.RowFieldCount != columns.Length)
                throw new FormatException($"{path}, row {csv.RowNumber}: {csv.RowFieldCount} values, but the header names {columns.Length} columns.");
            var row = new string[columns.Length];
            for (var i = 0; i < row.Length; i++) row[i] = csv.GetString(i);
            rows.Add(row);
        }

        return rows.Count > 0 ? new CsvRows(columns, rows) : throw new FormatException($"{path} has no rows.");
    }
}
