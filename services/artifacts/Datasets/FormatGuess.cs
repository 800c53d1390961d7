using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>In what form a file is: as its content type says, or its name, or its first bytes.</summary>
internal static class FormatGuess
{
    /// <summary>How many bytes of a file tell its form.</summary>
    public const int Bytes = 4096;

    /// <summary>What type and name say; null when they say nothing.</summary>
    public static DatasetFormat? Declared(string contentType, string? fileName) => OfType(contentType) ?? OfName(fileName);

    /// <summary>What the first bytes say; null for bytes that are no text and nothing known.</summary>
    public static DatasetFormat? Read(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PAR1"u8)) return DatasetFormat.Parquet;
        if (head.StartsWith("ARROW1"u8) || head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xff, 0xff, 0xff])) return DatasetFormat.Arrow;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) head = head[3..];
        if (head.Contains((byte)0)) return null;
        var text = head.TrimStart(" \t\r\n"u8);
        return text.StartsWith("{"u8) || text.StartsWith("["u8) ? DatasetFormat.Json : DatasetFormat.Csv;
    }

    private static DatasetFormat? OfType(string contentType)
    {
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? contentType : contentType[..end]).Trim().ToLowerInvariant() switch
        {
            "text/csv" or "application/csv" or "text/tab-separated-values" => DatasetFormat.Csv,
            "application/json" or "application/jsonl" or "application/x-ndjson" or "application/ndjson" or "application/json-lines" => DatasetFormat.Json,
            "application/vnd.apache.parquet" or "application/parquet" or "application/x-parquet" => DatasetFormat.Parquet,
            "application/vnd.apache.arrow.file" or "application/vnd.apache.arrow.stream" => DatasetFormat.Arrow,
            _ => null,
        };
    }

    private static DatasetFormat? OfName(string? fileName) => Path.GetExtension(fileName)?.ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => DatasetFormat.Csv,
        ".json" or ".jsonl" or ".ndjson" => DatasetFormat.Json,
        ".parquet" or ".pq" => DatasetFormat.Parquet,
        ".arrow" or ".feather" or ".ipc" or ".arrows" => DatasetFormat.Arrow,
        _ => null,
    };
}
