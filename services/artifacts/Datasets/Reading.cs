using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>A column as DuckDB reads it.</summary>
internal sealed record ReadColumn(string Name, string Type, bool? Nullable = null);

/// <summary>How a file is read. It is found once and kept with the profile: all readings see the same columns with the same types.</summary>
/// <param name="Delimiter">Of CSV.</param>
/// <param name="HasHeader">Whether CSV begins with names.</param>
/// <param name="IsStream">Whether Arrow is a stream and no file.</param>
internal sealed record Reading(DatasetFormat Format, IReadOnlyList<ReadColumn> Columns, char? Delimiter = null, bool HasHeader = true, bool IsStream = false)
{
    /// <summary>Makes the file the relation of a session.</summary>
    public void Define(DuckSession session, string path)
    {
        if (Format == DatasetFormat.Arrow) session.Define(path, IsStream);
        else session.Define($"select * from {Function(path)}");
    }

    /// <summary>The table function that reads the file.</summary>
    public string Function(string path) => Format switch
    {
        DatasetFormat.Csv => $"read_csv({Sql.Text(path)}, auto_detect = false, delim = {Sql.Text(Delimiter.ToString()!)}, quote = '\"', escape = '\"', header = {(HasHeader ? "true" : "false")}, skip = 0, compression = {Compression(path, "none")}, columns = {Struct()})",
        DatasetFormat.Json => $"read_json({Sql.Text(path)}, compression = {Compression(path, "uncompressed")}, columns = {Struct()})",
        DatasetFormat.Parquet => $"read_parquet({Sql.Text(path)})",
        _ => throw new InvalidOperationException($"{Format} is not read by a table function."),
    };

    /// <summary>How a file of text is packed, as DuckDB calls it.</summary>
    /// <param name="plain">What the function calls no packing at all.</param>
    public static string Compression(string path, string plain) => Sql.Text(PackedFile.Is(path) ? "gzip" : plain);

    private string Struct() => $"{{{string.Join(", ", Columns.Select(column => $"{Sql.Text(column.Name)}: {Sql.Text(column.Type)}"))}}}";
}
