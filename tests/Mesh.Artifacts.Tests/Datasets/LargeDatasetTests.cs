using System.Diagnostics;
using System.Net;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Mesh.Artifacts.Tests.Http;

namespace Mesh.Artifacts.Tests.Datasets;

/// <summary>Looks at the memory of the whole process, so it has that for itself.</summary>
[Collection(nameof(UploadMemoryTests))]
public sealed class LargeDatasetTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_million_rows_are_profiled_and_streamed_in_little_memory()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7():N}.parquet");
        try
        {
            await using (var duck = new DuckDBConnection("DataSource=:memory:"))
            {
                await duck.OpenAsync();
                await using var command = duck.CreateCommand();
                // Text that hardly repeats: some 50 MB once it is unpacked.
                command.CommandText = $"copy (select range as i, md5(range::varchar) as t, random() as x, range % 7 as k from range(1000000)) to '{path}' (format parquet)";
                await command.ExecuteNonQueryAsync();
            }

            await using var file = File.OpenRead(path);
            using var body = new StreamContent(file);
            (await _project.Send(HttpMethod.Put, "/artifacts/large/content?kind=dataset&fileName=large.parquet", body)).StatusCode.ShouldBe(HttpStatusCode.Created);
        }
        finally
        {
            File.Delete(path);
        }

        var before = Resident();
        var most = 0L;
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, Resident() - before);
                await Task.Delay(20);
            }
        });

        var found = await _project.Dataset("large");
        found.Fault.ShouldBeNull();
        var profile = found.Profile!;
        profile.Rows.ShouldBe(1_000_000);
        profile.Statistics[1].Distinct.ShouldBeInRange(800_000, 1_000_000);
        profile.Statistics[2].Numbers!.Quantiles.Single(quantile => quantile.Share == 0.5).Value.ShouldBe(0.5, 0.01);
        profile.Statistics[0].Numbers!.Histogram!.Counts.ShouldAllBe(count => count >= 49_999 && count <= 50_001);

        using var response = await _project.Ada.GetAsync($"{_project.Root}/datasets/large/versions/1/stream", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new ArrowStreamReader(await response.Content.ReadAsStreamAsync());
        var (rows, next) = (0L, 0L);
        while (await reader.ReadNextRecordBatchAsync() is { } batch)
        {
            using (batch)
            {
                ((Apache.Arrow.Int64Array)batch.Column(0)).GetValue(0).ShouldBe(next);
                next += batch.Length;
                rows += batch.Length;
            }
        }

        await stop.CancelAsync();
        await watching;
        rows.ShouldBe(1_000_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"At most {most >> 20} MiB more.");
        // What one reading may have, and the memory that the collector and the heap of the library hold back.
        most.ShouldBeLessThan(420L << 20);
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
