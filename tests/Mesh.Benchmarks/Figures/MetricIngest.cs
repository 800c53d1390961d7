using System.Diagnostics;
using Mesh.Benchmarks.Load;
using Mesh.Client;
using Mesh.Contracts.Tracking;
using Mesh.Tracking.Metrics;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Benchmarks.Figures;

/// <summary>
/// Metric points through the gateway: in batches, against the same rows in a table of the same form by binary COPY, a transaction per batch, from as
/// many connections; and one by one, against an empty authorised endpoint.
/// </summary>
internal static class MetricIngest
{
    private const int Points = 1_000;
    private const int Names = 10;
    private const int Singles = 16;
    private const double SinglesAsked = 5_000;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(BenchmarkMesh mesh, MeshClient client, string project, string postgres, string data)
    {
        var runs = new List<Uri>();
        for (var i = 0; i < Singles; i++)
        {
            var run = await client.Project(project).Runs.CreateAsync(new CreateRun($"ingest-{i}"));
            runs.Add(new Uri(mesh.Address, $"/api/v1/projects/{project}/runs/{run.Id}/metrics"));
        }

        await using var source = NpgsqlDataSource.Create(postgres);
        await using (var tables = source.CreateCommand(MetricSchema.V1)) await tables.ExecuteNonQueryAsync();
        var figures = new List<Figure>();
        await BatchesAsync(mesh, runs, 4, Warm);
        await CopiesAsync(source, 4, Warm);
        foreach (var clients in (int[])[1, 4])
        {
            var copied = await CopiesAsync(source, clients, Span);
            var logged = await BatchesAsync(mesh, runs, clients, Span);
            figures.Add(Figure.Rate($"points in batches of {Points:N0}, {clients} client{(clients > 1 ? "s" : "")}", logged, copied, 0.6));
        }

        figures.Add(Figure.Below("memory of the mesh under that load, PostgreSQL included", MeshMemory.Weigh(data), 500, "MB"));
        var me = new Uri(mesh.Address, "/api/v1/me");
        await RawHttpLoad.RateAsync(me, "GET", Headers(mesh), [], Singles, Warm);
        await SinglesAsync(mesh, runs, Warm);
        var empty = await RawHttpLoad.RateAsync(me, "GET", Headers(mesh), [], Singles, Span);
        var single = await SinglesAsync(mesh, runs, Span);
        figures.Add(Figure.Rate($"single points, {Singles} clients", single, empty, Math.Min(0.6, SinglesAsked / empty)));
        return figures;
    }

    internal static Dictionary<string, string> Headers(BenchmarkMesh mesh) =>
        new() { ["Authorization"] = $"Bearer {mesh.Token}", ["Content-Type"] = "application/json" };

    // Each client logs to a run of its own.
    private static async Task<double> BatchesAsync(BenchmarkMesh mesh, List<Uri> runs, int clients, TimeSpan span)
    {
        var rates = await Task.WhenAll(Enumerable.Range(0, clients).Select(i =>
        {
            var bodies = new PointBodies(Points, Names);
            return RawHttpLoad.RateAsync(runs[i], "POST", Headers(mesh), bodies.Template(), 1, span, (body, _, sent) => bodies.Number(body, 0, sent));
        }));
        return rates.Sum() * Points;
    }

    private static async Task<double> SinglesAsync(BenchmarkMesh mesh, List<Uri> runs, TimeSpan span)
    {
        var rates = await Task.WhenAll(Enumerable.Range(0, Singles).Select(i =>
        {
            var bodies = new PointBodies(1, 1);
            return RawHttpLoad.RateAsync(runs[i], "POST", Headers(mesh), bodies.Template(), 1, span, (body, _, sent) => bodies.Number(body, 0, sent));
        }));
        return rates.Sum();
    }

    private static async Task<double> CopiesAsync(NpgsqlDataSource source, int clients, TimeSpan span)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => CopyAsync(source, client, started, span))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<long> CopyAsync(NpgsqlDataSource source, int client, long started, TimeSpan span)
    {
        await using var connection = await source.OpenConnectionAsync();
        var time = new DateTime(2026, 11, 26, 10, 0, 0, DateTimeKind.Utc);
        // Rows of a rate that was measured before are in the table: those of this one follow.
        long written = 0, first = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            await using var copy = await connection.BeginBinaryImportAsync("copy metric_point (series, step, time, seq, value) from stdin (format binary)");
            for (var i = 0; i < Points; i++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync((client * (long)Names) + (i % Names), NpgsqlDbType.Bigint);
                await copy.WriteAsync(first + ((written + i) / Names), NpgsqlDbType.Bigint);
                await copy.WriteAsync(time.AddMilliseconds(i), NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(written + i, NpgsqlDbType.Bigint);
                await copy.WriteAsync(Math.Sin(i), NpgsqlDbType.Double);
            }

            await copy.CompleteAsync();
            written += Points;
        }

        return written;
    }
}
