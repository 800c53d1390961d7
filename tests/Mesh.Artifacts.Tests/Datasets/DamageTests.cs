using Apache.Arrow.Ipc;
using Mesh.Artifacts.Datasets;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Datasets;

/// <summary>Files with wrong bytes in them: whatever they say, the process lives, and the answer is a profile or a fault.</summary>
public sealed class DamageTests
{
    private const string Rows = "select range as i, 'r' || range as t, [range, null] as l, {'a': range, 'b': 'x' || range} as s, case when range % 3 = 0 then range::decimal(18, 3) end as d, range % 2 = 0 as b from range(3000)";

    // More than in a usual run when somebody looks closer: MESH_DAMAGED_FILES=2000.
    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("MESH_DAMAGED_FILES"), out var count) ? count : 40;

    [Theory]
    [InlineData(DatasetFormat.Parquet)]
    [InlineData(DatasetFormat.Arrow)]
    [InlineData(DatasetFormat.Csv)]
    [InlineData(DatasetFormat.Json)]
    public async Task Damage_does_no_harm(DatasetFormat format)
    {
        var whole = await WholeAsync(format);
        var random = new Random(17);
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7():N}.damaged");
        var (read, refused) = (0, 0);
        try
        {
            for (var i = 0; i < Count; i++)
            {
                var bytes = whole.ToArray();
                // Mostly where the structure is: at the ends.
                var from = random.Next(3) switch { 0 => 0, 1 => Math.Max(0, bytes.Length - 2000), _ => random.Next(bytes.Length) };
                for (var n = random.Next(1, 6); n > 0; n--) bytes[Math.Min(bytes.Length - 1, from + random.Next(2000))] = (byte)random.Next(256);
                await File.WriteAllBytesAsync(path, random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                try
                {
                    await DuckWork.RunAsync(path, TimeSpan.FromSeconds(30), ct => Profiler.Profile(path, format, new DatasetsOptions { ScratchPath = Path.GetTempPath() }, TimeProvider.System, ct), CancellationToken.None);
                    read++;
                }
                catch (DatasetFaultException e)
                {
                    e.Fault.Detail.ShouldNotContain(path);
                    e.Fault.Code.ShouldBeOneOf("dataset.unreadable", "dataset.too-large");
                    refused++;
                }
            }
        }
        finally
        {
            File.Delete(path);
        }

        (read + refused).ShouldBe(Count);
        refused.ShouldBeGreaterThan(0);
    }

    private static async Task<byte[]> WholeAsync(DatasetFormat format)
    {
        switch (format)
        {
            case DatasetFormat.Parquet:
                return DatasetProject.Written(Rows, "format parquet");
            case DatasetFormat.Csv:
                return DatasetProject.Written(Rows, "format csv");
            case DatasetFormat.Json:
                return DatasetProject.Written(Rows, "format json");
        }

        using var duck = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await duck.OpenAsync();
        using var command = duck.CreateCommand();
        command.CommandText = Rows;
        using var rows = command.ExecuteArrowStream();
        using var file = new MemoryStream();
        using var writer = new ArrowStreamWriter(file, rows.Schema, leaveOpen: true);
        while (await rows.ReadNextRecordBatchAsync() is { } batch) await writer.WriteRecordBatchAsync(batch);
        await writer.WriteEndAsync();
        return file.ToArray();
    }
}
