using System.Diagnostics;
using Mesh.Functions;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Benchmarks.Figures;

/// <summary>One claim, from the look into the queue to the stored start, while ten thousand jobs of ten projects wait.</summary>
internal static class Claims
{
    private const int Waiting = 10_000;
    private const int Projects = 10;
    private const int Taken = 300;
    private static readonly Room Much = new(1000, long.MaxValue, 100);

    public static async Task<Figure> MeasureAsync(string postgres, string folder)
    {
        var options = new MeshOptions
        {
            Postgres = postgres,
            Database = "bench_claims",
            KeyPath = Path.Combine(folder, "claim-keys"),
            DataPath = Path.Combine(folder, "claim-data"),
            Daemon = DaemonLeadership.Solo,
            Listen = "http://127.0.0.1:0",
            Services = new Dictionary<string, string> { ["tracking"] = "http://127.0.0.1:1", ["projects"] = "http://127.0.0.1:1" },
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Functions:RunsJobs"] = "false";
        // Nobody else claims, and what was claimed here is not lost meanwhile.
        builder.Configuration["Functions:LeaseSeconds"] = "600";
        builder.AddMeshProcess("claims", options);
        builder.AddMeshModules(options, new FunctionsService());
        await using var app = builder.Build();
        app.UseMeshModules();
        await app.PrepareMeshAsync();
        await app.StartAsync();
        var (queue, writer) = (app.Services.GetRequiredService<JobQueue>(), app.Services.GetRequiredService<JobWriter>());
        await Parallel.ForAsync(0, Waiting, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, ct) => await SubmitAsync(writer, i, ct));
        var times = new List<double>();
        for (var i = -50; i < Taken; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var next = (await queue.FindDueAsync(Profile.BuiltIn, 4, Much, CancellationToken.None))[0];
            var claimed = await writer.WriteAsync(JobWriter.Self, next.Project, next.JobId, new JobCommand.Claim(next.LastAttempt + 1, "bench"), CancellationToken.None);
            if (claimed.Rejected is { } refused) throw new InvalidOperationException($"a claim was refused: {refused.Detail}");
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        await app.StopAsync();
        times.Sort();
        return Figure.Below("a claim while 10,000 jobs wait, p50", times[Taken / 2], 10, "ms");
    }

    private static async Task SubmitAsync(JobWriter writer, int number, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        var submit = new JobCommand.Submit(
            id, $"job-{number}", "default", new JobWork(null, null, null, null, ["true"]), new Dictionary<string, string>(), [], 1, 60, 0, new Dictionary<string, string>(), "bench", null);
        await writer.WriteAsync(JobWriter.Self, $"p{number % Projects}", id.ToString(), submit, ct);
    }
}
