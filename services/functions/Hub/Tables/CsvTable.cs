using System.Text;
using Mesh.Hub.Running;
using Sylvan.Data.Csv;

namespace Mesh.Hub.Tables;

/// <summary>Reads CSV: UTF-8, a header, one row a line (quoted values may hold line breaks), the delimiter found by itself.</summary>
internal static class CsvTable
{
    /// <exception cref="HubFailure">The text is no table: says what is wrong, and on which line.</exception>
    public static Table Read(Stream content, string name)
    {
        try
        {
            using var text = new StreamReader(content, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, 65_536, leaveOpen: true);
            if (text.Peek() < 0) throw new HubFailure($"{name} is empty.");
            using var csv = CsvDataReader.Create(text, new CsvDataReaderOptions { HasHeaders = false, MaxBufferSize = 16 << 20 });
            return Read(csv, name);
        }
        catch (DecoderFallbackException)
        {
            throw new HubFailure($"{name} is not UTF-8 text.");
        }
        catch (Exception e) when (e is CsvFormatException or CsvConfigurationException or InvalidDataException)
        {
            throw new HubFailure($"{name} is not readable as CSV: {e.Message.TrimEnd('.')}.");
        }
    }

    private static Table Read(CsvDataReader csv, string name)
    {
        if (!csv.Read()) throw new HubFailure($"{name} is empty.");
        var header = Header(csv, name);
        var columns = header.Select(_ => new ColumnText()).ToArray();
        var lines = new List<int>();
        var line = 1 + Breaks(csv);
        while (csv.Read())
        {
            line++;
            var first = line;
            line += Breaks(csv);
            if (csv.RowFieldCount == 1 && columns.Length > 1 && csv.GetFieldSpan(0).IsWhiteSpace()) continue;
            if (csv.RowFieldCount != columns.Length)
                throw new HubFailure($"{name}, line {first}: {csv.RowFieldCount} values where the header has {columns.Length} columns.");
            for (var i = 0; i < columns.Length; i++) columns[i].Add(csv.GetFieldSpan(i));
            lines.Add(first);
        }

        if (lines.Count == 0) throw new HubFailure($"{name} has a header and no rows.");
        return new Table(name, [.. header.Select((column, i) => ColumnInference.Infer(column, columns[i], lines))], lines);
    }

    private static string[] Header(CsvDataReader csv, string name)
    {
        var header = new string[csv.RowFieldCount];
        for (var i = 0; i < header.Length; i++)
        {
            header[i] = csv.GetFieldSpan(i).Trim().ToString();
            if (header[i].Length == 0) throw new HubFailure($"{name}, line 1: column {i + 1} has no name.");
            if (Array.IndexOf(header, header[i]) < i) throw new HubFailure($"{name}, line 1: the column '{header[i]}' is there twice.");
        }

        return header;
    }

    private static int Breaks(CsvDataReader csv)
    {
        var breaks = 0;
        for (var i = 0; i < csv.RowFieldCount; i++) breaks += csv.GetFieldSpan(i).Count('\n');
        return breaks;
    }
}
