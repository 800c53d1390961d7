using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>
/// Finds attempts whose worker fell silent, in every replica: whoever sees it first says so, and the decision lets one through. A worker of this
/// machine whose process is gone is found at once, and what it left is gone on with where that can be; any other when its lease has run out.
/// </summary>
internal sealed class LeaseWatch(
    JobQueue queue, JobWriter writer, Worker worker, WorkerIdentity self, IEnumerable<IExecutor> executors, ProfileRegistry profiles, IOptions<FunctionsOptions> options, TimeProvider clock,
    ILogger<LeaseWatch> log) : BackgroundService
{
    private long? _reachableSince;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (_reachableSince is not null) log.WatchFailed(e.Message);
                _reachableSince = null;
            }

            await Task.Delay(options.Value.Heartbeat, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task RunOnceAsync(CancellationToken ct)
    {
        var leases = await queue.ReadLeasesAsync(ct);
        _reachableSince ??= clock.GetTimestamp();
        // After an outage of the database every lease looks expired: the living get the time of a lease to beat again.
        var trusted = clock.GetElapsedTime(_reachableSince.Value) >= options.Value.Lease;
        foreach (var lease in leases)
        {
            var isDead = self.IsKnownDead(lease);
            if (!isDead && !(lease.IsExpired && trusted)) continue;
            // Before the worker of this service has opened, and when it has closed, what is left is not its to judge.
            if (isDead && options.Value.RunsJobs && !worker.IsOpen) continue;
            if (isDead && await worker.AdoptAsync(lease, ct) is not false) continue;
            // What still runs here is left to the service of its folder, which may be about to come back, for as long as the lease lasts.
            if (isDead && !lease.IsExpired && KeptProcess.IsKept(new ProcessMark(lease.Key.JobId, lease.Key.Attempt))) continue;
            await LoseAsync(lease, ct);
        }
    }

    private async Task LoseAsync(Lease lease, CancellationToken ct)
    {
        var (project, jobId, attempt) = lease.Key;
        // First, so that a worker which is alive after all does not take the end of its processes for the job's own.
        if (!await queue.TakeAwayAsync(lease, ct)) return;
        // Where this replica does not know the profile, whoever runs the next attempt ends what is left.
        if (profiles.Find(lease.Profile) is { } profile)
            foreach (var executor in executors.Where(e => e.Serves(profile))) await executor.EndLeftoversAsync(profile, jobId, attempt + 1, ct);
        var written = await writer.WriteAsync(
            JobWriter.Self, project, jobId, new JobCommand.LoseLease(attempt, lease.HeartbeatAt, options.Value.DrawBackOff()), ct);
        if (written.Events.Count > 0) log.LeaseLost(jobId, project, attempt, written.State!.Attempts[^1].Worker, written.State.Status);
    }
}

internal static partial class LeaseWatchLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} of job {JobId} in {Project} lost its lease: worker {Worker} fell silent. The job is {Status}")]
    public static partial void LeaseLost(this ILogger logger, string jobId, string project, int attempt, string worker, Contracts.Functions.JobStatus status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases cannot be watched: {Reason}")]
    public static partial void WatchFailed(this ILogger logger, string reason);
}
