using System.Globalization;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>What the end of an attempt means for its job, and how it is said in the attempt's output.</summary>
internal sealed class AttemptVerdict(IOptions<FunctionsOptions> options)
{
    /// <summary>What to report of an attempt that came to an end of its own.</summary>
    public JobCommand Of(HeldAttempt held, ExecutionEnd end) =>
        end.IsSuccess ? new JobCommand.Succeed(held.Key.Attempt, held.Report) : Failed(held, end.Cause!, end.ExitCode, end.Code);

    /// <summary>What to report of an attempt that was stopped; null for nothing.</summary>
    /// <param name="runsOn">Whether it runs on without this worker.</param>
    public JobCommand? Stopped(HeldAttempt held, bool runsOn) => held.Reason switch
    {
        StopReason.Timeout => TimedOut(held, TimeLimit.Running),
        StopReason.PrepareTimeout => TimedOut(held, TimeLimit.Preparing),
        StopReason.Deadline => TimedOut(held, TimeLimit.Deadline),
        StopReason.MemoryLimit => Over(held, CauseCode.MemoryLimit, options.Value.LimitsOf(held.Job).MemoryExceeded),
        StopReason.ProcessLimit => Over(held, CauseCode.ProcessLimit, options.Value.LimitsOf(held.Job).ProcessesExceeded),
        StopReason.DiskLimit => Over(held, CauseCode.DiskLimit, DiskExceeded()),
        StopReason.Abort => new JobCommand.ConfirmAbort(held.Key.Attempt, held.Report),
        StopReason.Drain => new JobCommand.Release(held.Key.Attempt, held.Report),
        StopReason.NoSlot => new JobCommand.Release(held.Key.Attempt, held.Report, HadNoSlot: true),
        StopReason.Leave => runsOn ? null : new JobCommand.Release(held.Key.Attempt, held.Report),
        // What never ran costs the job nothing, if nobody else has decided about the attempt meanwhile.
        StopReason.LeaseLost => held.HasBegun ? null : new JobCommand.Release(held.Key.Attempt),
        null => throw new InvalidOperationException("An attempt was stopped for no reason."),
        _ => throw new ArgumentOutOfRangeException(nameof(held)),
    };

    /// <summary>What to report of an attempt that failed.</summary>
    /// <param name="told">The cause code, where it is more than what follows from the exit code.</param>
    public JobCommand.Fail Failed(HeldAttempt held, string cause, int? exitCode, string? told = null)
    {
        // How a shell, and this service, tell that a process was ended by a signal.
        var signal = exitCode is > 128 and <= 128 + 64 ? exitCode - 128 : null;
        var code = told ?? (exitCode is null ? CauseCode.Start : signal is null ? CauseCode.ExitCode : CauseCode.Signal);
        return new JobCommand.Fail(
            held.Key.Attempt, cause, exitCode, options.Value.DrawBackOff(), IsFinal: held.Job.Work.Item is not null && exitCode == HubCatalogue.CallersFault,
            held.Report with { Code = code, Signal = signal });
    }

    /// <summary>What the attempt's output says of why it was stopped; null for nothing.</summary>
    public string? Words(StopReason reason, Job job) => reason switch
    {
        StopReason.Timeout => $"Ended: it ran longer than its timeout of {job.TimeoutSeconds} s.",
        StopReason.PrepareTimeout => "Ended: it was prepared for too long.",
        StopReason.Deadline => "Ended: the job's deadline has come.",
        StopReason.MemoryLimit => $"Ended: {options.Value.LimitsOf(job).MemoryExceeded}.",
        StopReason.ProcessLimit => $"Ended: {options.Value.LimitsOf(job).ProcessesExceeded}.",
        StopReason.DiskLimit => $"Ended: {DiskExceeded()}.",
        StopReason.Abort => "Ended: an abort was asked for.",
        StopReason.LeaseLost => "Ended: the worker lost its lease.",
        StopReason.Drain => "Ended: the worker goes away; the job is handed back.",
        StopReason.NoSlot or StopReason.Leave => null,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private JobCommand.TimeOut TimedOut(HeldAttempt held, TimeLimit limit) => new(held.Key.Attempt, options.Value.DrawBackOff(), limit, held.Report);

    private JobCommand.Fail Over(HeldAttempt held, string code, string cause) => new(held.Key.Attempt, cause, null, options.Value.DrawBackOff(), Report: held.Report with { Code = code });

    private string DiskExceeded() => string.Create(CultureInfo.InvariantCulture, $"disk limit {options.Value.MostFolderBytes / 1048576.0:0.##} MiB exceeded");
}
