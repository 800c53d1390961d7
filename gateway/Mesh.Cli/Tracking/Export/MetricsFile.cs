using Parquet;
using Parquet.Schema;

namespace Mesh.Cli.Tracking.Export;

/// <summary>A row of <c>metrics.parquet</c>.</summary>
/// <param name="Time">In UTC, to the microsecond.</param>
internal readonly record struct MetricRow(string RunId, string Name, long Step, DateTime Time, double Value);

/// <summary>Points in Apache Parquet: columns <c>run_id</c>, <c>name</c>, <c>step</c>, <c>time</c>, <c>value</c>; the rows of a run stand together.</summary>
internal static class MetricsFile
{
    internal static readonly DataField RunId = new("run_id", typeof(string), isNullable: false);
    internal static readonly DataField Name = new("name", typeof(string), isNullable: false);
    internal static readonly DataField<long> Step = new("step");
    internal static readonly DateTimeDataField Time = new("time", DateTimeFormat.DateAndTimeMicros, isAdjustedToUTC: true);
    internal static readonly DataField<double> Value = new("value");
    internal static readonly ParquetSchema Schema = new(RunId, Name, Step, Time, Value);

    /// <summary>All rows of a file, a group at a time.</summary>
    public static async IAsyncEnumerable<MetricRow[]> ReadAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var stream = File.OpenRead(path);
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: ct);
        for (var group = 0; group < reader.RowGroupCount; group++) yield return await ReadAsync(reader, group, ct);
    }

    /// <summary>The rows of one group.</summary>
    public static async Task<MetricRow[]> ReadAsync(ParquetReader reader, int group, CancellationToken ct)
    {
        using var rows = reader.OpenRowGroupReader(group);
        var fields = reader.Schema.GetDataFields().ToDictionary(field => field.Name);
        var count = checked((int)rows.RowCount);
        var (runs, names) = (new string?[count], new string?[count]);
        var (steps, times, values) = (new long[count], new DateTime[count], new double[count]);
        await rows.ReadAsync(fields[RunId.Name], runs.AsMemory(), cancellationToken: ct);
        await rows.ReadAsync(fields[Name.Name], names.AsMemory(), cancellationToken: ct);
        await rows.ReadAsync<long>(fields[Step.Name], steps.AsMemory(), cancellationToken: ct);
        await rows.ReadAsync<DateTime>(fields[Time.Name], times.AsMemory(), cancellationToken: ct);
        await rows.ReadAsync<double>(fields[Value.Name], values.AsMemory(), cancellationToken: ct);
        return [.. Enumerable.Range(0, count).Select(i =>
            new MetricRow(runs[i] ?? "", names[i] ?? "", steps[i], DateTime.SpecifyKind(times[i], DateTimeKind.Utc), values[i]))];
    }
}

/// <summary>Writes rows in groups of at most <see cref="GroupRows"/>.</summary>
internal sealed class MetricsFileWriter : IAsyncDisposable
{
    private const int GroupRows = 100_000;
    private readonly ParquetWriter _writer;
    private readonly List<MetricRow> _rows = [];
    private bool _written;

    private MetricsFileWriter(ParquetWriter writer) => _writer = writer;

    /// <summary>How many rows there were.</summary>
    public long Count { get; private set; }

    public static async Task<MetricsFileWriter> CreateAsync(Stream stream, CancellationToken ct)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd };
        return new MetricsFileWriter(await ParquetWriter.CreateAsync(MetricsFile.Schema, stream, options, cancellationToken: ct));
    }

    public async Task AddAsync(MetricRow row, CancellationToken ct)
    {
        _rows.Add(row);
        Count++;
        if (_rows.Count == GroupRows) await FlushAsync(ct);
    }

    /// <summary>Writes what is left. A file without rows has one empty group, which readers want to see.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        if (_rows.Count > 0 || !_written) await FlushAsync(ct);
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async Task FlushAsync(CancellationToken ct)
    {
        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(MetricsFile.RunId, _rows.ConvertAll(row => row.RunId));
        await group.WriteAsync(MetricsFile.Name, _rows.ConvertAll(row => row.Name));
        await group.WriteAsync<long>(MetricsFile.Step, _rows.ConvertAll(row => row.Step).ToArray(), cancellationToken: ct);
        await group.WriteAsync<DateTime>(MetricsFile.Time, _rows.ConvertAll(row => row.Time).ToArray(), cancellationToken: ct);
        await group.WriteAsync<double>(MetricsFile.Value, _rows.ConvertAll(row => row.Value).ToArray(), cancellationToken: ct);
        group.CompleteValidate();
        _rows.Clear();
        _written = true;
    }
}
