using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Store;
using Mesh.Hosting.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mesh.Functions.Queue;

/// <summary>
/// Takes due jobs and runs them, as many at once as it has slots, and keeps their leases alive. When the service stops it takes no more, ends what runs
/// and hands it back to the queue at no cost to the job: another worker, or this one after its restart, begins the next attempt. Or it lets that run on for a while.
/// </summary>
internal sealed class Worker(
    IFunctionsStore store, JobQueue queue, KeptRoom keptRoom, JobWriter writer, AttemptRunner runner, IEnumerable<IExecutor> executors, WorkerIdentity self, QueueSignal signal,
    WorkerCapacity capacity, WorkerSlots room, WorkerPace pace, IOptions<FunctionsOptions> options, TimeProvider clock, ILogger<Worker> log) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterEarlyClaim = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BeatGap = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<AttemptKey, (HeldAttempt Held, Task Run)> _held = new();
    private readonly QueueSignal _slots = new();
    private readonly Lock _gate = new();
    private bool _isOpen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.RunsJobs) return;
        using var beating = new CancellationTokenSource();
        lock (_gate) _isOpen = true;
        var beats = BeatAsync(beating.Token);
        await ClaimAsync(stoppingToken);
        var left = await EndAsync();
        await beating.CancelAsync();
        await beats;
        if (left.Count > 0) await queue.LeaveAsync(left, options.Value.KeepRunning, CancellationToken.None);
    }

    /// <summary>Whether it takes attempts: from its start until it is stopped.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate) return _isOpen;
        }
    }

    /// <summary>Whether it runs jobs of a profile.</summary>
    public bool Runs(string? profile) => IsOpen && room.Profiles.Any(p => p.Name == (profile ?? Profile.BuiltIn));

    /// <summary>Goes on with an attempt whose worker is dead, if what that has left of it is to be found and nobody else goes on with it.</summary>
    /// <returns>Whether it does; null while the place that the attempt runs in cannot be asked.</returns>
    public async Task<bool?> AdoptAsync(Lease lease, CancellationToken ct)
    {
        var (project, jobId, attempt) = lease.Key;
        if (!IsOpen || room.Profiles.FirstOrDefault(p => p.Name == (lease.Profile ?? Profile.BuiltIn)) is not { } profile) return false;
        // Its heartbeats come back, or it is still being let go.
        if (_held.ContainsKey(lease.Key)) return null;
        // Somebody takes it away already.
        if (lease.Worker.Length == 0) return false;
        Job? job;
        await using (var session = store.OpenQuery(project)) job = await session.LoadAsync<Job>(jobId, ct);
        if (job?.LastAttempt() != attempt || UntoldOf(job, profile) is not { } untold) return false;
        LeftAttempt? left;
        try
        {
            left = await runner.FindLeftAsync(profile, lease.Key, job, ct);
        }
        catch (IOException e)
        {
            log.LeftUnknown(attempt, jobId, project, e.Message);
            return null;
        }

        if (left is null || !await queue.TakeOverAsync(lease, ct)) return false;
        if (untold is [var preparing, var running] && left.BegunAt is { } begun) untold = [preparing, running with { Since = begun }];
        var written = await writer.WriteAsync(lease.Key, untold, new JobCommand.Adopt(attempt, self.Name));
        if (written.Rejected is not null || written.State is not { } now) return false;
        log.Adopted(attempt, jobId, project, lease.Worker);
        // Once it is stopped, this worker is dead to who comes next.
        lock (_gate)
            if (_isOpen) Start(lease.Key, now, profile, Room.Of(now.Policy?.Resources), Stopwatch.GetTimestamp(), left);
        return true;
    }

    /// <summary>What the worker of an attempt, which runs, may not have come to tell; null if nothing of it can be gone on with.</summary>
    private static IReadOnlyList<JobCommand.Advance>? UntoldOf(Job job, Profile profile) => job.Attempts[^1] switch
    {
        { End: not AttemptEnd.None } => null,
        { RunningAt: not null } => [],
        // Its process may run for a moment before that is told; on a cluster it is told first, and under an abort nothing more begins.
        var last when profile.IsLocal && job.Status == JobStatus.Running =>
            [new(last.Number, AttemptState.Preparing, last.StartedAt), new(last.Number, AttemptState.Running, last.PreparingAt ?? last.StartedAt)],
        _ => null,
    };

    /// <summary>Ends what runs, or lets it run on.</summary>
    /// <returns>What runs on, and whether on this machine.</returns>
    private async Task<IReadOnlyList<(AttemptKey Key, bool IsHere)>> EndAsync()
    {
        List<(HeldAttempt Held, Task Run)> open;
        lock (_gate)
        {
            _isOpen = false;
            open = [.. _held.Values];
        }

        foreach (var (held, _) in open)
        {
            var stays = options.Value.KeepRunning > TimeSpan.Zero && held.HasBegun && executors.Any(e => e.Serves(held.Profile) && e.OutlivesService);
            held.Stop(stays ? StopReason.Leave : StopReason.Drain);
        }

        await Task.WhenAll(open.Select(o => o.Run));
        return [.. open.Where(o => o.Held.Reason == StopReason.Leave).Select(o => (o.Held.Key, o.Held.Profile.IsLocal))];
    }

    private async Task ClaimAsync(CancellationToken ct)
    {
        var failed = false;
        while (!ct.IsCancellationRequested)
        {
            var next = signal.Next;
            var slot = _slots.Next;
            TimeSpan pause;
            try
            {
                pause = await ClaimDueAsync(ct);
                failed = false;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!failed) log.QueueAway(e.Message);
                failed = true;
                pause = AfterFailure;
                next = slot = Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }

            await QueueSignal.WaitAsync(Task.WhenAny(next, slot), pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Claims as much as there are slots.</summary>
    /// <returns>How long to wait for the next look if nothing is announced.</returns>
    private async Task<TimeSpan> ClaimDueAsync(CancellationToken ct)
    {
        var early = false;
        foreach (var profile in room.Profiles) early |= await ClaimDueAsync(profile, ct);
        if (early) return AfterEarlyClaim;
        // Whoever gives a slot back wakes it.
        if (room.Profiles.All(profile => room.FreeOf(profile).Slots + AheadOf(profile) <= 0)) return options.Value.Poll;
        var wait = await queue.UntilDueAsync(ct) + TimeSpan.FromMilliseconds(2);
        return wait < options.Value.Poll ? wait.Value : options.Value.Poll;
    }

    /// <summary>Claims as much of a profile as it has slots.</summary>
    /// <returns>Whether a job was not due yet after all.</returns>
    private async Task<bool> ClaimDueAsync(Profile profile, CancellationToken ct)
    {
        while (true)
        {
            var (free, space) = room.FreeOf(profile);
            var ahead = AheadOf(profile);
            if (free + ahead <= 0) return false;
            if (profile.IsLocal && keptRoom.For is { } kept)
            {
                if (kept.Profile == profile.Name && free > 0 && space.Holds(kept.Job.Needs))
                {
                    keptRoom.Forget(kept);
                    var since = Stopwatch.GetTimestamp();
                    TryStart(await ClaimAsync(kept.Job), kept.Job, profile, since);
                    continue;
                }

                // Until it fits, only what asks for nothing.
                space = default;
            }

            // More than there are slots, because others claim from the same end.
            var limit = (2 * (free + ahead)) + 2;
            var due = await queue.FindDueAsync(profile.Name, limit, space, ct);
            var (early, started, passed) = (false, 0, 0);
            var chosen = ClaimChoice.Of(due, free, ahead, space, ref passed);
            ct.ThrowIfCancellationRequested();
            var asked = Stopwatch.GetTimestamp();
            var claims = chosen.ConvertAll(ClaimAsync);
            // What was claimed is begun, whatever became of the others.
            await ((Task)Task.WhenAll(claims)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (candidate, claim) in chosen.Zip(claims))
            {
                if (!claim.IsCompletedSuccessfully) continue;
                var written = await claim;
                if (written is null) passed++;
                early |= written?.Rejected is { Code: "job.not-due" };
                if (TryStart(written, candidate, profile, asked)) started++;
            }

            await Task.WhenAll(claims);

            if (due.Count < limit || started == free + ahead || early || passed > 0) return early;
        }
    }

    /// <summary>How many attempts to take before there is a slot for them. Not for each that begins: some go at once.</summary>
    private int AheadOf(Profile profile)
    {
        if (!profile.IsLocal) return 0;
        // What has long waited for room has the next slot.
        if (keptRoom.For is { } kept && kept.Profile == profile.Name && room.FreeOf(profile).Room.Holds(kept.Job.Needs)) return 0;
        var (most, waiting) = (pace.Ahead(profile), room.CountWaiting(profile));
        return waiting > most / 2 ? 0 : most - waiting;
    }

    /// <summary>Null if its project runs as much as it may.</summary>
    private async Task<Written<Job, JobEvent>?> ClaimAsync(Candidate candidate)
    {
        try
        {
            return await writer.WriteAsync(
                JobWriter.Self, candidate.Project, candidate.JobId, new JobCommand.Claim(candidate.LastAttempt + 1, self.Name), CancellationToken.None);
        }
        catch (Exception e) when (e is PostgresException { SqlState: QueueSchema.NoSlot } or { InnerException: PostgresException { SqlState: QueueSchema.NoSlot } })
        {
            return null;
        }
    }

    private bool TryStart(Written<Job, JobEvent>? written, Candidate candidate, Profile profile, long since)
    {
        if (written is not { Events: [JobEvent.Started started], State: { } job }) return false;
        Start(new AttemptKey(candidate.Project, candidate.JobId, started.Attempt), job, profile, candidate.Needs, since);
        return true;
    }

    private void Start(AttemptKey key, Job job, Profile profile, Room needs, long since, LeftAttempt? left = null)
    {
        var slot = left is null && profile.IsLocal && needs == default ? room.TakeOrWait(profile)
            : room.Take(profile, needs, left is null || !profile.IsLocal || needs.Gpus == 0 ? null : JobVariables.GpusOf(left.Environment));
        var held = new HeldAttempt(key, job, slot, since, left);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _held[held.Key] = (held, RunAsync(held, begun.Task));
        begun.SetResult();
    }

    private async Task RunAsync(HeldAttempt held, Task begun)
    {
        await begun;
        var freed = 0;
        void FreeSlot()
        {
            if (Interlocked.Exchange(ref freed, 1) != 0) return;
            if (held.HasBegun) pace.Count(held.Profile);
            room.Return(held.Slot);
            if (room.FreeOf(held.Profile).Slots > 0 || AheadOf(held.Profile) > 0) _slots.Wake();
        }

        try
        {
            MeshMetrics.JobAttempts.Add(1);
            await runner.RunAsync(held, FreeSlot);
        }
        catch (Exception e)
        {
            // Its lease will run out, and the queue goes on.
            log.AttemptLost(e, held.Key.Attempt, held.Key.JobId);
        }
        finally
        {
            FreeSlot();
            _held.TryRemove(held.Key, out _);
            held.Dispose();
        }
    }

    private async Task BeatAsync(CancellationToken ct)
    {
        var beaten = clock.GetTimestamp();
        var failed = false;
        while (!ct.IsCancellationRequested)
        {
            var next = signal.Next;
            var held = _held.Values.Select(h => h.Held).ToList();
            try
            {
                await queue.ShowWorkerAsync(capacity.Has, room.Profiles.Select(p => p.Name), ct);
                if (await keptRoom.LookAsync(room.Profiles, ct)) _slots.Wake();
                if (held.Count > 0) Follow(held, await queue.BeatAsync([.. held.Select(h => h.Key)], ct));
                beaten = clock.GetTimestamp();
                failed = false;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!failed) log.HeartbeatsFail(e.Message);
                failed = true;
                if (clock.GetElapsedTime(beaten) > options.Value.Fence) held.ForEach(h => h.Stop(StopReason.LeaseLost));
            }

            await Task.Delay(BeatGap, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await QueueSignal.WaitAsync(next, options.Value.Heartbeat - BeatGap, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Follow(List<HeldAttempt> held, Heartbeat answer)
    {
        foreach (var attempt in held)
        {
            if (!answer.Held.Contains(attempt.Key)) attempt.Stop(StopReason.LeaseLost);
            else if (answer.Aborting.Contains(attempt.Key)) attempt.Stop(StopReason.Abort);
        }
    }
}

internal static partial class WorkerLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The queue cannot be read: {Reason}")]
    public static partial void QueueAway(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Heartbeats do not reach the database: {Reason}")]
    public static partial void HeartbeatsFail(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} of job {JobId} in {Project}, which worker {Worker} left behind, is gone on with")]
    public static partial void Adopted(this ILogger logger, int attempt, string jobId, string project, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether attempt {Attempt} of job {JobId} in {Project} still runs is not known yet: {Reason}")]
    public static partial void LeftUnknown(this ILogger logger, int attempt, string jobId, string project, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} of job {JobId} came to no end that could be recorded")]
    public static partial void AttemptLost(this ILogger logger, Exception fault, int attempt, string jobId);
}
