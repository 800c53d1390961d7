using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>
/// Finds attempts whose worker fell silent, in every replica: whoever sees it first says so, and the decision lets one through. A worker of this
/// machine whose process is gone is found at once, and what it left is gone on with where that can be; any other when its lease has run out. What runs on a cluster
/// does not depend on the machine: any worker of its profile goes on with it.
/// </summary>
internal sealed class LeaseWatch(
    JobQueue queue, JobWriter writer, Worker worker, WorkerIdentity self, IEnumerable<IExecutor> executors, ProfileRegistry profiles, IOptions<FunctionsOptions> options, TimeProvider clock,
    ILogger<LeaseWatch> log) : BackgroundService
{
    private const int MostAtOnce = 16;
    private readonly Dictionary<string, Task> _judging = new(StringComparer.Ordinal);
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

    /// <summary>Looks once. Each profile has its own: a cluster that is slow, or away, holds nobody else's up.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        foreach (var (profile, ended) in _judging.Where(one => one.Value.IsCompleted).ToList())
        {
            _judging.Remove(profile);
            await ended;
        }

        var leases = await queue.ReadLeasesAsync(ct);
        _reachableSince ??= clock.GetTimestamp();
        // After an outage of the database every lease looks expired: the living get the time of a lease to beat again.
        var trusted = clock.GetElapsedTime(_reachableSince.Value) >= options.Value.Lease;
        foreach (var silent in leases.Where(lease => IsSilent(lease, trusted)).GroupBy(lease => lease.Profile ?? Profile.BuiltIn, StringComparer.Ordinal))
        {
            if (_judging.ContainsKey(silent.Key)) continue;
            var most = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = ct };
            _judging[silent.Key] = Parallel.ForEachAsync(silent.ToList(), most, JudgeAsync);
        }

        // What is judged soon is judged in this look.
        await Task.WhenAny(Task.WhenAll(_judging.Values), Task.Delay(options.Value.Heartbeat, ct));
    }

    private bool IsSilent(Lease lease, bool trusted) => lease.IsLeft || self.IsKnownDead(lease) || (lease.IsExpired && trusted);

    private async ValueTask JudgeAsync(Lease lease, CancellationToken ct)
    {
        try
        {
            await DecideAsync(lease, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !DatabaseOutage.Is(e))
        {
            log.Undecided(lease.Key.JobId, lease.Key.Project, lease.Key.Attempt, e.Message);
        }
    }

    private async Task DecideAsync(Lease lease, CancellationToken ct)
    {
        var isDead = self.IsKnownDead(lease);
        var isHere = profiles.Find(lease.Profile) is { IsLocal: true };
        // Before the worker of this service has opened, and when it has closed, what is left is not its to judge.
        if ((isDead || !isHere) && options.Value.RunsJobs && !worker.IsOpen) return;
        if ((isDead || !isHere) && await worker.AdoptAsync(lease, ct) is not false) return;
        // Workers of its profile get the time to go on with what runs on a cluster.
        if (!isHere && !lease.IsForsaken && !worker.Runs(lease.Profile)) return;
        // What still runs here is left to the service of its folder, which may be about to come back, for as long as the lease lasts.
        if (isDead && !lease.IsExpired && KeptProcess.IsKept(new ProcessMark(lease.Key.JobId, lease.Key.Attempt))) return;
        await LoseAsync(lease, ct);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "What becomes of attempt {Attempt} of job {JobId} in {Project} is not decided yet: {Reason}")]
    public static partial void Undecided(this ILogger logger, string jobId, string project, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases cannot be watched: {Reason}")]
    public static partial void WatchFailed(this ILogger logger, string reason);
}
