using System.Diagnostics;
using System.Text;
using Mesh.Benchmarks.Load;
using Mesh.Contracts;
using Mesh.Hosting;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Tracking;
using Mesh.Tracking.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Benchmarks.Figures;

/// <summary>Creating runs through the gateway, against the same appends to the same kind of store with no HTTP in front.</summary>
internal static class RunCreation
{
    private const int Writers = 8;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(8);

    public static async Task<Figure> MeasureAsync(BenchmarkMesh mesh, string project, string postgres, string folder)
    {
        var headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {mesh.Token}", ["Content-Type"] = "application/json" };
        var body = Encoding.UTF8.GetBytes("""{"name":"benchmark","experiment":"rate","params":{"lr":"0.1","depth":"6"}}""");
        var address = new Uri(mesh.Address, $"/api/v1/projects/{project}/runs");
        await RawHttpLoad.RateAsync(address, "POST", headers, body, Writers, TimeSpan.FromSeconds(2));
        var bare = await BareAppendsAsync(postgres, folder);
        var rate = await RawHttpLoad.RateAsync(address, "POST", headers, body, Writers, Span);
        return Figure.Rate("creating runs through the gateway", rate, bare, 0.5);
    }

    private static async Task<double> BareAppendsAsync(string postgres, string folder)
    {
        var options = new MeshOptions
        {
            Postgres = postgres,
            Database = "bench_bare",
            KeyPath = Path.Combine(folder, "bare-keys"),
            DataPath = Path.Combine(folder, "bare-data"),
            Daemon = DaemonLeadership.Solo,
            Listen = "http://127.0.0.1:0",
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddMeshProcess("bare", options);
        builder.AddMeshModules(options, new TrackingService());
        await using var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        var store = app.Services.GetRequiredService<ITrackingStore>();
        var caller = new Caller("bench", CallerKind.User, Role.Owner, "bench");
        await RateAsync(store, caller, TimeSpan.FromSeconds(2));
        var rate = await RateAsync(store, caller, Span);
        await app.StopAsync();
        return rate;
    }

    private static async Task<double> RateAsync(ITrackingStore store, Caller caller, TimeSpan span)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(started) < span)
            {
                var id = Guid.CreateVersion7();
                var create = new RunCommand.Create(
                    id, "benchmark", "rate", null, null, new Dictionary<string, string> { ["lr"] = "0.1", ["depth"] = "6" }, new Dictionary<string, string>(), caller.Name, null, true);
                await store.WriteAsync<Run, RunEvent>(caller, "bench", id.ToString(), run => RunDecider.Decide(create, run, TimeProvider.System.GetUtcNow()), CancellationToken.None);
                count++;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
