using System.Text;

namespace Mesh.Artifacts.Previews;

/// <summary>The first rows of a table in text: cells between separators, in quotes where they hold separators, quotes (doubled) or line ends.</summary>
internal static class TableHead
{
    public const int MostRows = 100;
    private const int MostColumns = 500;
    private const int MostCell = 1000;

    /// <summary>Rows of cells, the names of the columns first, each as long as that.</summary>
    /// <param name="isCut">The text ends before its file does, so that its last row may be none.</param>
    /// <param name="hasMore">There are more rows, columns or characters of a cell than are told.</param>
    public static List<IReadOnlyList<string>> Read(string text, char separator, bool isCut, out bool hasMore)
    {
        var rows = new List<IReadOnlyList<string>>();
        hasMore = isCut;
        for (var at = 0; at < text.Length;)
        {
            if (rows.Count > MostRows)
            {
                hasMore = true;
                break;
            }

            var (cells, end, isWhole) = Row(text, at, separator, ref hasMore);
            if (!isWhole && isCut) break;
            at = end;
            if (cells is [""]) continue;
            var width = rows.Count == 0 ? cells.Count : rows[0].Count;
            rows.Add(cells.Count == width ? cells : [.. cells.Take(width), .. Enumerable.Repeat("", Math.Max(0, width - cells.Count))]);
        }

        return rows;
    }

    private static (List<string> Cells, int End, bool IsWhole) Row(string text, int at, char separator, ref bool hasMore)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (isQuoted)
            {
                if (c != '"') Append(cell, c, ref hasMore);
                else if (at + 1 < text.Length && text[at + 1] == '"') Append(cell, text[++at], ref hasMore);
                else isQuoted = false;
            }
            else if (c == '"' && cell.Length == 0) isQuoted = true;
            else if (c == separator) Close(cells, cell, ref hasMore);
            else if (c == '\n')
            {
                Close(cells, cell, ref hasMore);
                return (cells, at + 1, true);
            }
            else if (c != '\r' || (at + 1 < text.Length && text[at + 1] != '\n')) Append(cell, c, ref hasMore);
        }

        Close(cells, cell, ref hasMore);
        return (cells, at, false);
    }

    private static void Append(StringBuilder cell, char c, ref bool hasMore)
    {
        // Half of a pair is not left over: the other half comes right behind.
        if (cell.Length < MostCell || (char.IsLowSurrogate(c) && cell.Length == MostCell && char.IsHighSurrogate(cell[^1]))) cell.Append(c);
        else hasMore = true;
    }

    private static void Close(List<string> cells, StringBuilder cell, ref bool hasMore)
    {
        if (cells.Count < MostColumns) cells.Add(cell.ToString());
        else hasMore = true;
        cell.Clear();
    }
}
