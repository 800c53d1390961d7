using Mesh.Functions.Execution;
using Mesh.Functions.Kubernetes;
using Mesh.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>
/// Cleans up after services that were killed: ends processes of attempts that nobody holds any more, sends output that was left on disk, and removes
/// working folders when their time is up. Only what belongs to a job of this database is touched.
/// </summary>
internal sealed class Leftovers(
    JobQueue queue, OutputShipper shipper, ControlGroups groups, IOptions<FunctionsOptions> options, MeshOptions mesh, TimeProvider clock, ILogger<Leftovers> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await EndOrphansAsync(stoppingToken);
                await CleanFoldersAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.CleaningFailed(e.Message);
            }

            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Ends processes that carry the marks of an attempt which is not the one that holds its job.</summary>
    public async Task EndOrphansAsync(CancellationToken ct)
    {
        var marks = groups.FindLeftovers();
        if (marks.Count == 0) return;
        var jobs = await queue.ReadJobsAsync([.. marks.Select(m => m.JobId).Distinct(StringComparer.Ordinal)], ct);
        foreach (var mark in marks)
        {
            if (!jobs.TryGetValue(mark.JobId, out var job) || (job.IsHeld && mark.Attempt >= job.LastAttempt)) continue;
            log.OrphansEnded(mark.Attempt, mark.JobId);
            await groups.EndLeftoversAsync(mark, options.Value.Grace);
        }
    }

    /// <summary>Sends what was left on disk and removes folders of jobs that have ended.</summary>
    public async Task CleanFoldersAsync(CancellationToken ct)
    {
        var user = options.Value.RunsAs;
        var root = AttemptFolder.Root(mesh.DataPath);
        if (!Directory.Exists(root)) return;
        var folders = Directory.EnumerateDirectories(root).Where(folder => !Path.GetFileName(folder).StartsWith('.')).SelectMany(Directory.EnumerateDirectories).ToDictionary(f => f, f => Path.GetFileName(f)!);
        var jobs = await queue.ReadJobsAsync([.. folders.Values], ct);
        foreach (var (folder, jobId) in folders)
        {
            var known = jobs.TryGetValue(jobId, out var job);
            if (known && job.IsHeld) continue;
            await AttemptFolder.RemoveSecretsAsync(folder, user);
            // The log of an attempt that another one follows is sent by that one, before it takes the run.
            if (known && job.LastAttempt > 0)
                await SendAsync(new AttemptFolder(mesh.DataPath, job.Project, jobId, job.LastAttempt, user), job.Project, jobId, job.LastAttempt, job.Worker, ct);
            if (clock.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(folder) > TimeSpan.FromHours(options.Value.KeepFolderHours)) await AttemptFolder.RemoveJobAsync(folder, user);
        }
    }

    private async Task SendAsync(AttemptFolder folder, string project, string jobId, int attempt, string? worker, CancellationToken ct)
    {
        if (!File.Exists(folder.Log)) return;
        if (PodRecord.IsOf(folder, worker))
        {
            using var output = new AttemptOutput(folder.Log, options.Value.MostOutputBytes);
            output.Complete();
            await shipper.ShipAsync(project, jobId, attempt, folder, output, ct);
        }

        folder.RemoveOutput();
    }
}

internal static partial class LeftoversLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Processes of attempt {Attempt} of job {JobId} had outlived it and were ended")]
    public static partial void OrphansEnded(this ILogger logger, int attempt, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leftovers were not cleaned; it will be tried again: {Reason}")]
    public static partial void CleaningFailed(this ILogger logger, string reason);
}
