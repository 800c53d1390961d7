using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Profiles;
using Mesh.Functions.Usage;
using Mesh.Hosting;
using Mesh.Hosting.Store;
using Microsoft.Extensions.Options;
using StreamWriter = Mesh.Hosting.Store.StreamWriter;

namespace Mesh.Functions.Queue;

/// <summary>
/// Takes one attempt through its life: its run in tracking, its environment, its process, its output, its end. Waits out whatever is away for a
/// while; what holds the job meanwhile is the lease.
/// </summary>
internal sealed class AttemptRunner(
    FunctionReader functions, RunGate runs, AttemptEnvironment environments, JobQueue queue, JobWriter writer, OutputShipper shipper,
    UsageSampler usage, AttemptStage stage, AttemptVerdict verdict, IEnumerable<IExecutor> executors, ControlGroups groups, MeshOptions mesh, IOptions<FunctionsOptions> options, TimeProvider clock,
    ILogger<AttemptRunner> log)
{
    private static readonly TimeSpan AfterContention = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs an attempt to its recorded end; one that another worker has begun is gone on with.</summary>
    /// <param name="held">The attempt.</param>
    /// <param name="processEnded">Called when nothing of it runs any more, though its end may not be recorded yet.</param>
    public async Task RunAsync(HeldAttempt held, Action processEnded)
    {
        var folder = FolderOf(held.Key);
        await using var progress = new AttemptProgress(held.Key.Attempt, clock, untold => AdvanceAsync(held, untold));
        JobCommand? end;
        try
        {
            end = await ExecuteAsync(held, progress, folder, processEnded);
        }
        catch (OperationCanceledException) when (held.Stopped.IsCancellationRequested)
        {
            await EndAsync(held);
            end = verdict.Stopped(held, runsOn: false);
        }
        catch (AttemptFailedException e)
        {
            end = verdict.Failed(held, e.Message, null);
        }
        catch (Exception e) when (!held.HasBegun && DatabaseOutage.Is(e))
        {
            log.NotBegun(held.Key.Attempt, held.Key.JobId, e.Message);
            end = new JobCommand.Release(held.Key.Attempt, held.Report);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            log.AttemptBroken(e, held.Key.Attempt, held.Key.JobId);
            await EndAsync(held);
            end = verdict.Failed(held, $"The worker could not run the attempt: {e.Message}", null);
        }

        processEnded();
        if (held.Reason is not StopReason.Leave) await folder.RemoveSecretsAsync();
        var untold = await progress.EndAsync();
        if (end is null)
        {
            // Whoever goes on with it must know that it runs; what was aborted meanwhile is not gone on with.
            if (held.Reason != StopReason.Leave || untold.Count == 0 || (await writer.WriteAsync(held.Key, [.. untold.SkipLast(1)], untold[^1])).Rejected is null) return;
            await EndAsync(held);
            end = new JobCommand.ConfirmAbort(held.Key.Attempt, held.Report);
        }

        await ReportAsync(held, untold, end);
        // Until its end is recorded, another service could need them.
        if (held.HasArrived) folder.RemoveOutput();
        if (end is JobCommand.Succeed) await folder.RemoveWorkAsync();
    }

    /// <summary>What a service that is gone has left of an attempt; null if it cannot be gone on with.</summary>
    /// <exception cref="IOException">The place that it runs in cannot be asked now.</exception>
    public async Task<LeftAttempt?> FindLeftAsync(Profile profile, AttemptKey key, Job job, CancellationToken ct)
    {
        var content = job.Work.Content is { } hash ? (await functions.ContentsAsync(key.Project, [hash], ct)).GetValueOrDefault(hash) : null;
        return await executors.First(e => e.Runs(profile, job, content)).FindLeftAsync(profile, key, job, FolderOf(key), ct);
    }

    private AttemptFolder FolderOf(AttemptKey key) => new(mesh.DataPath, key.Project, key.JobId, key.Attempt, options.Value.RunsAs);

    /// <summary>Ends what may still run of an attempt that its executor did not come to follow, or broke off. What runs on a cluster is whoever's has the lease.</summary>
    private async Task EndAsync(HeldAttempt held)
    {
        if (!held.HasBegun || (!held.Profile.IsLocal && held.Reason == StopReason.LeaseLost)) return;
        foreach (var executor in executors.Where(e => e.Serves(held.Profile)))
            await executor.EndLeftoversAsync(held.Profile, held.Key.JobId, held.Key.Attempt + 1, CancellationToken.None);
    }

    private async Task<JobCommand?> ExecuteAsync(HeldAttempt held, AttemptProgress progress, AttemptFolder folder, Action processEnded)
    {
        var (project, jobId, number) = held.Key;
        var stop = held.Stopped;
        var content = await ReadContentAsync(held);
        var executor = executors.First(e => e.Runs(held.Profile, held.Job, content));
        var hasEnded = held.Left is { HasEnded: true };
        using var preparing = held.Left is null ? Alarm(held, StopReason.PrepareTimeout, held.Job.Policy?.Timeouts?.PreparingSeconds) : null;
        using var deadline = hasEnded ? null : Alarm(held, StopReason.Deadline, (held.Job.Policy?.DeadlineAt - clock.GetUtcNow())?.TotalSeconds);
        if (held.Left is null)
        {
            await TakeRunAsync(held, executor);
            // That it was taken before its turn costs it no time.
            preparing?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            await held.HaveSlotAsync();
            preparing?.Change(TimeSpan.FromSeconds(held.Job.Policy!.Timeouts!.PreparingSeconds!.Value), Timeout.InfiniteTimeSpan);
            progress.Enter(AttemptState.Preparing);
        }

        var (environment, files, git) = held.Left is { } left
            ? new AttemptVariables(left.Environment, left.SecretFiles ?? await SecretFiles.ReadAgainAsync(held.Job, folder, stop), left.GitCredential)
            : await PrepareAsync(held, executor, folder, content);

        if (held.Left is { Output: not null })
        {
            // What lies here is of before somebody else went on with it.
            folder.RemoveOutput();
            await folder.PrepareAsync([], stop);
        }

        var output = new AttemptOutput(folder.Log, options.Value.MostOutputBytes);
        var marks = executor.StagesHere ? null : new OutputMarks((shipped, ct) => queue.NoteAsync(held.Key, shipped, ct));
        using var giveUp = new CancellationTokenSource();
        using var ended = new CancellationTokenSource();
        var sampling = Task.CompletedTask;
        var shipping = shipper.ShipAsync(project, jobId, number, folder, output, giveUp.Token, marks);
        ExecutionEnd? end = null;
        AttemptGauge? gauge = null;
        var limits = options.Value.LimitsOf(held.Job);
        var group = executor.StagesHere ? groups.Of(new ProcessMark(jobId, number)) : null;
        try
        {
            var staged = new Staged(held.Key, held.Job, content, folder, environment, output) { SecretFiles = files };
            end = !executor.StagesHere ? await executor.RunAsync(Execution(environment, BeginAsync), stop)
                : held.Left is null ? await stage.RunAsync(staged, RunAsync, stop)
                : await stage.ResumeAsync(staged, RunAsync, stop);
        }
        finally
        {
            await ended.CancelAsync();
            await sampling;
            if (end is null && held.Reason is { } reason && verdict.Words(reason, held.Job) is { } words) output.Note(words);
            else if (end is { ExitCode: null, Cause: { } cause }) output.Note(cause);
            output.Dispose();
        }

        AttemptExecution Execution(IReadOnlyDictionary<string, string> variables, Func<Task<IDisposable>>? begin = null) => new(project, held.Job, number, variables, folder, output)
        {
            Profile = held.Profile,
            Content = content,
            SecretFiles = files,
            GitCredential = git,
            BeginAsync = begin,
            Left = held.Left,
            Marks = marks,
            // Whoever has the lease of what runs on a cluster goes on with it, or ends it.
            IsToLeave = () => held.Reason == StopReason.Leave || (held is { HasBegun: true, Reason: StopReason.LeaseLost } && !executor.StagesHere),
            IsToKill = () => held.Reason is StopReason.MemoryLimit or StopReason.ProcessLimit,
            HasWaited = keeper => gauge?.Take(keeper),
            Limits = limits,
            Group = group,
        };

        async Task<ExecutionEnd?> RunAsync(IReadOnlyDictionary<string, string> variables)
        {
            using var counting = await BeginAsync();
            var execution = Execution(variables);
            gauge = new AttemptGauge(new ProcessTree(execution.Mark, null), group);
            sampling = Task.WhenAll(
                FolderWatch.RunAsync(folder.Work, options.Value.MostFolderBytes, () => held.Stop(StopReason.DiskLimit), ended.Token),
                usage.RunAsync(held.Key, execution.Mark, folder.Work, group, AgeOf(held), ended.Token),
                gauge.RunAsync(limits, held.Stop, ended.Token));
            return await executor.RunAsync(execution, stop);
        }

        async Task<IDisposable> BeginAsync()
        {
            if (held.Left is null)
            {
                progress.Enter(AttemptState.Running);
                // Nobody else can have it yet: whether it may run is asked when it has run for a moment.
                if (!executor.StagesHere || held.Age > options.Value.Lease / 4) await progress.FlushAsync();
                held.Stopped.ThrowIfCancellationRequested();
            }

            preparing?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            held.HasBegun = true;
            // What has ended in time while nobody looked has ended in time.
            return hasEnded ? new CancellationTokenSource() : Alarm(held, StopReason.Timeout, held.Job.TimeoutSeconds - AgeOf(held))!;
        }

        processEnded();
        held.HasArrived = await WaitForOutputAsync(shipping, stop);
        await giveUp.CancelAsync();
        held.Report = Describe(gauge, end, OutputPosition.Read(folder), held.HasArrived);
        if (end is not null) return verdict.Of(held, end);
        return verdict.Stopped(held, runsOn: held.Reason == StopReason.Leave && await RunsOnAsync());

        async Task<bool> RunsOnAsync()
        {
            try
            {
                return await executor.FindLeftAsync(held.Profile, held.Key, held.Job, folder, CancellationToken.None) is not null;
            }
            catch (IOException)
            {
                // The next service sees.
                return true;
            }
        }
    }

    /// <summary>Ends what earlier attempts have left, and takes the run from them.</summary>
    private async Task TakeRunAsync(HeldAttempt held, IExecutor executor)
    {
        var stop = held.Stopped;
        if (held.Key.Attempt > 1)
        {
            await executor.EndLeftoversAsync(held.Profile, held.Key.JobId, held.Key.Attempt, stop);
            await ShipEarlierAsync(held.Key, held.Job, stop);
        }

        await runs.StartAsync(held.Key, held.Job, stop);
    }

    private async Task<AttemptVariables> PrepareAsync(HeldAttempt held, IExecutor executor, AttemptFolder folder, FunctionContent? content)
    {
        var environment = await environments.ComposeAsync(held, content, folder, held.Stopped);
        await folder.PrepareAsync(executor.StagesHere ? content?.Files ?? [] : [], held.Stopped);
        return environment;
    }

    /// <summary>Seconds that it has run under another worker.</summary>
    private double AgeOf(HeldAttempt held) =>
        held.Left is not null && held.Job.Attempts[^1].RunningAt is { } began ? Math.Max(0, (clock.GetUtcNow() - began).TotalSeconds) : 0;

    /// <summary>Tells the server that the attempt goes on. If it may not, nothing more of it is begun.</summary>
    private async Task AdvanceAsync(HeldAttempt held, IReadOnlyList<JobCommand.Advance> untold)
    {
        var written = await writer.WriteAsync(held.Key, [.. untold.SkipLast(1)], untold[^1]);
        while (written.Rejected is { Code: StreamWriter.ContendedCode })
        {
            await Task.Delay(AfterContention, held.Stopped);
            written = await writer.WriteAsync(held.Key, [.. untold.SkipLast(1)], untold[^1]);
        }

        if (written.Rejected is not { } rejected) return;
        log.EndRefused(held.Key.JobId, held.Key.Attempt, rejected.Detail);
        held.Stop(rejected.Code == "job.aborting" ? StopReason.Abort : StopReason.LeaseLost);
        throw new OperationCanceledException(held.Stopped);
    }

    private static Timer? Alarm(HeldAttempt held, StopReason reason, double? seconds) => seconds is { } after
        ? new Timer(_ => held.Stop(reason), null, TimeSpan.FromSeconds(Math.Max(0, after)), Timeout.InfiniteTimeSpan)
        : null;

    private static AttemptReport Describe(AttemptGauge? gauge, ExecutionEnd? end, OutputPosition? output, bool arrived)
    {
        var seen = gauge is { HasSeen: true } ? gauge : null;
        return new AttemptReport(
            CpuSeconds: seen?.CpuSeconds ?? end?.Usage?.CpuSeconds, PeakMemoryBytes: seen?.PeakMemoryBytes ?? end?.Usage?.PeakMemoryBytes, LogFrom: output?.First, LogTo: arrived ? output?.Base + output?.Sent : null);
    }

    private async Task<FunctionContent?> ReadContentAsync(HeldAttempt held)
    {
        if (held.Job.Work.Content is not { } hash) return null;
        FunctionContent? content = null;
        await Outage.WaitOutAsync(
            async () => content = (await functions.ContentsAsync(held.Key.Project, [hash], held.Stopped)).GetValueOrDefault(hash),
            log, held.Key.JobId, held.Stopped);
        return content;
    }

    /// <summary>Brings home what earlier attempts printed here and could not send: once the next attempt has the run, tracking takes it no more.</summary>
    private async Task ShipEarlierAsync(AttemptKey key, Job job, CancellationToken ct)
    {
        for (var number = 1; number < key.Attempt; number++)
        {
            var folder = FolderOf(key with { Attempt = number });
            await folder.RemoveSecretsAsync();
            if (!File.Exists(folder.Log)) continue;
            if (PodRecord.IsOf(folder, job.Attempts[number - 1].Worker))
            {
                using var output = new AttemptOutput(folder.Log, options.Value.MostOutputBytes);
                output.Complete();
                await shipper.ShipAsync(key.Project, key.JobId, number, folder, output, ct);
            }

            folder.RemoveOutput();
        }
    }

    private async Task<bool> WaitForOutputAsync(Task<bool> shipping, CancellationToken stop)
    {
        // A reason to stop ends the waiting too, after a moment for what is on its way: the rest lies in the folder and is sent later.
        using var limit = new CancellationTokenSource(options.Value.OutputWait);
        using var stopping = stop.Register(() => limit.CancelAfter(TimeSpan.FromSeconds(2)));
        await Task.WhenAny(shipping, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
        return shipping.IsCompletedSuccessfully;
    }

    private async Task ReportAsync(HeldAttempt held, IReadOnlyList<JobCommand.Advance> untold, JobCommand end)
    {
        var (_, jobId, attempt) = held.Key;
        for (var failures = 0; ; failures++)
        {
            try
            {
                // Whoever takes a lease away ends the processes first: their death is nothing that this attempt could report. Of what runs on a cluster whoever has the lease does.
                if ((end is JobCommand.Fail || (held.HasBegun && !held.Profile.IsLocal)) && !(await queue.BeatAsync([held.Key], CancellationToken.None)).Held.Contains(held.Key)) return;
                var written = await writer.WriteAsync(held.Key, untold, end);
                if (written.Rejected is { Code: StreamWriter.ContendedCode } contended) throw new TimeoutException(contended.Detail);
                if (written.Rejected is { } rejected) log.EndRefused(jobId, attempt, rejected.Detail);
                return;
            }
            catch (Exception e) when (failures < 600 && held.Reason is not StopReason.Drain)
            {
                if (failures == 0) log.EndWaits(jobId, attempt, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 100 * Math.Pow(2, Math.Min(failures, 5)))));
            }
        }
    }
}

/// <summary>An attempt cannot go on, for a reason that the user should read.</summary>
internal sealed class AttemptFailedException(string cause) : Exception(cause);

internal static partial class AttemptRunnerLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} of job {JobId} could not be run")]
    public static partial void AttemptBroken(this ILogger logger, Exception fault, int attempt, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} of job {JobId} is handed back before it began: {Reason}")]
    public static partial void NotBegun(this ILogger logger, int attempt, string jobId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The end of attempt {Attempt} of job {JobId} was refused: {Reason}")]
    public static partial void EndRefused(this ILogger logger, string jobId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The end of attempt {Attempt} of job {JobId} waits for the database: {Reason}")]
    public static partial void EndWaits(this ILogger logger, string jobId, int attempt, string reason);
}
