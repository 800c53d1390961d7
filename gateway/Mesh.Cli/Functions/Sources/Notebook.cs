using System.Text;
using System.Text.Json;

namespace Mesh.Cli.Functions.Sources;

/// <summary>Makes a script of a notebook: of the cells that are marked for export, or, where none is, of all code cells. Magics and shell lines are left out.</summary>
internal static class Notebook
{
    /// <exception cref="UsageException">It is no notebook of Python.</exception>
    public static string ToScript(string path, string text)
    {
        List<(int Number, string Source, bool IsMarked)> cells = [];
        try
        {
            using var notebook = JsonDocument.Parse(text);
            if (notebook.RootElement.TryGetProperty("metadata", out var metadata) && Text(metadata, "kernelspec", "language") is { } language && language != "python")
                throw new UsageException($"{path} is a notebook in {language}; one in Python can be run.");
            foreach (var cell in notebook.RootElement.GetProperty("cells").EnumerateArray())
            {
                if (cell.GetProperty("cell_type").GetString() != "code") continue;
                cells.Add((cells.Count + 1, SourceOf(cell), IsMarked(cell)));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UsageException($"{path} is no notebook: {e.Message}");
        }

        var chosen = cells.Any(cell => cell.IsMarked) ? cells.Where(cell => cell.IsMarked) : cells;
        var script = new StringBuilder($"# Made from {Path.GetFileName(path)}\n");
        foreach (var (number, source, _) in chosen)
        {
            if (Plain(source) is { Length: > 0 } code) script.Append($"\n# cell {number}\n").Append(code).Append('\n');
        }

        return script.ToString().Contains("# cell", StringComparison.Ordinal) ? script.ToString() : throw new UsageException($"{path} holds no code to run.");
    }

    private static string SourceOf(JsonElement cell)
    {
        var source = cell.GetProperty("source");
        return source.ValueKind == JsonValueKind.Array ? string.Concat(source.EnumerateArray().Select(line => line.GetString())) : source.GetString() ?? "";
    }

    private static bool IsMarked(JsonElement cell) =>
        SourceOf(cell).Split('\n')[0].Replace(" ", "", StringComparison.Ordinal).Trim() is "#mesh:export"
        || (cell.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
            && tags.EnumerateArray().Any(tag => tag.GetString() == "export"));

    /// <summary>The code of a cell; nothing of one that is a magic as a whole, such as <c>%%bash</c>.</summary>
    private static string Plain(string source)
    {
        var lines = source.Replace("\r", "", StringComparison.Ordinal).Split('\n');
        if (lines.FirstOrDefault(line => line.Trim().Length > 0)?.TrimStart().StartsWith("%%", StringComparison.Ordinal) == true) return "";
        var kept = lines.Select(line => IsMagic(line) ? $"{line[..^line.TrimStart().Length]}pass  # {line.TrimStart()}" : line);
        return string.Join('\n', kept).Trim('\n').TrimEnd();
    }

    private static bool IsMagic(string line) => line.TrimStart() is ['%' or '!' or '?', ..] || line.TrimEnd() is [.. var name, '?'] && name.TrimEnd('?').Trim() is { Length: > 0 } word && word.All(c => char.IsLetterOrDigit(c) || c is '_' or '.');

    private static string? Text(JsonElement element, string outer, string inner) =>
        element.TryGetProperty(outer, out var found) && found.TryGetProperty(inner, out var value) ? value.GetString() : null;
}
