using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Datasets;

/// <summary>Finds out how a file is read.</summary>
internal static class Discovery
{
    /// <summary>The most columns of a data set.</summary>
    public const int MostColumns = 5000;

    /// <summary>Finds the columns and their types, and makes the file the relation of the session.</summary>
    /// <param name="whole">Whether types are found from all rows: when those of the first rows did not fit the rest.</param>
    public static Reading Read(DuckSession session, string path, DatasetFormat format, bool whole, CancellationToken ct)
    {
        var length = new FileInfo(path).Length;
        if (length == 0) throw new InvalidDataException("The file is empty.");
        var reading = format switch
        {
            DatasetFormat.Csv => Csv(session, path, whole, ct),
            DatasetFormat.Json => Json(session, path, whole, ct),
            DatasetFormat.Parquet => Parquet(session, path),
            _ => Arrow(session, path, ct),
        };
        if (reading.Columns.Count > MostColumns) throw new InvalidDataException($"It has {reading.Columns.Count:N0} columns; at most {MostColumns:N0} can be read.");
        if (reading.Columns.FirstOrDefault(column => column.Name.Contains('\0', StringComparison.Ordinal)) is not null)
            throw new InvalidDataException("The name of a column holds a zero character.");
        reading.Define(session, path);
        return reading;
    }

    private static Reading Csv(DuckSession session, string path, bool whole, CancellationToken ct)
    {
        RequireUtf8(path, ct);
        var head = CsvHead.Read(path);
        if (head.Names.Count > MostColumns) throw new InvalidDataException($"It has {head.Names.Count:N0} columns; at most {MostColumns:N0} can be read.");
        var text = new Reading(DatasetFormat.Csv, [.. head.Names.Select(name => new ReadColumn(name, CsvTypes.Text))], head.Delimiter, head.HasHeader);
        text.Define(session, path);
        var types = CsvTypes.Infer(session, head.Names.Count, whole);
        return text with { Columns = [.. head.Names.Zip(types, (name, type) => new ReadColumn(name, type))] };
    }

    private static Reading Json(DuckSession session, string path, bool whole, CancellationToken ct)
    {
        RequireUtf8(path, ct);
        return new Reading(DatasetFormat.Json, Describe(session, $"read_json({Sql.Text(path)}, compression = {Reading.Compression(path, "uncompressed")}{(whole ? ", sample_size = -1" : "")})"));
    }

    private static Reading Parquet(DuckSession session, string path)
    {
        var columns = Describe(session, $"read_parquet({Sql.Text(path)})");
        // The schema is a tree, written root first: the children of the root are the columns.
        var nodes = session.Query(
            $"select coalesce(num_children, 0), repetition_type from parquet_schema({Sql.Text(path)})", row => (Children: Convert.ToInt32(row.GetValue(0), null), Repetition: row.GetValue(1) as string));
        var nullable = new List<bool>();
        for (var at = 1; at < nodes.Count; at = After(nodes, at)) nullable.Add(nodes[at].Repetition != "REQUIRED");
        return new Reading(
            DatasetFormat.Parquet, nullable.Count == columns.Count ? [.. columns.Select((column, i) => column with { Nullable = nullable[i] })] : columns);

        static int After(List<(int Children, string? Repetition)> nodes, int at)
        {
            for (var open = 1; open > 0 && at < nodes.Count; at++) open += nodes[at].Children - 1;
            return at;
        }
    }

    private static Reading Arrow(DuckSession session, string path, CancellationToken ct)
    {
        Span<byte> magic = stackalloc byte[6];
        using (var file = File.OpenRead(path)) file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        var isStream = !magic.SequenceEqual("ARROW1"u8);
        ArrowCheck.Require(path, isStream, ct);
        session.Define(path, isStream);
        return new Reading(DatasetFormat.Arrow, Describe(session, DuckSession.Relation), IsStream: isStream);
    }

    private static List<ReadColumn> Describe(DuckSession session, string relation) =>
        session.Query($"describe select * from {relation}", row => new ReadColumn(row.GetString(0), row.GetString(1)));

    private static void RequireUtf8(string path, CancellationToken ct)
    {
        if (Utf8Check.FirstBadLine(path, ct) is { } line)
            throw new DatasetFaultException(new DatasetFault(FaultOf.Unreadable, $"Line {line:N0} is not UTF-8 text. Save the file as UTF-8.", line));
    }
}
