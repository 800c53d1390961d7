using System.Diagnostics;
using System.Globalization;
using Mesh.Functions.Execution;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Usage;

/// <summary>
/// Follows what the processes of one attempt use in all, and tells when that goes over a limit. What the kernel counts and limits in the attempt's control group is read there. The rest is looked at
/// from outside, in <c>/proc</c>, now and then: what comes and goes between two looks is not seen.
/// </summary>
/// <param name="group">The attempt's control group; null where there are none.</param>
internal sealed class AttemptGauge(ProcessTree tree, AttemptGroup? group = null)
{
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Unguarded = TimeSpan.FromSeconds(1);

    private double _seconds;
    private long _peak;
    private bool _hasSeen;
    private long _lookedAt;
    private int _lookedAmong;

    /// <summary>Whether it has seen anything.</summary>
    public bool HasSeen => _hasSeen || group?.Last is not null;

    /// <summary>Processor time, of those that have ended too.</summary>
    public double CpuSeconds => Math.Max(_seconds, group?.Last?.CpuSeconds ?? 0);

    /// <summary>The most memory at once; null if it was over before anybody looked.</summary>
    public long? PeakMemoryBytes => Math.Max(_peak, group?.Last?.PeakMemoryBytes ?? 0) is > 0 and var peak ? peak : null;

    /// <summary>Looks until it is cancelled.</summary>
    /// <param name="exceeded">Called once, when there is more of something than there may be.</param>
    public async Task RunAsync(AttemptLimits limits, Action<StopReason> exceeded, CancellationToken ct)
    {
        if (!ProcessTable.IsAvailable) return;
        // The kernel ends the group by itself.
        var most = group is { LimitsMemory: true } ? null : limits.MemoryBytes;
        var over = false;
        for (var wait = First; !ct.IsCancellationRequested; wait = Tick)
        {
            await Task.Delay(wait, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // When all is over, only the kernel still knows what it took.
            if (ct.IsCancellationRequested && group is null) return;
            if (most is null && !IsDue(limits)) continue;
            var reason = Look(most, limits.Processes);
            if (over || reason is null) continue;
            over = true;
            exceeded(reason.Value);
        }
    }

    /// <summary>Takes the processor time of all that a process has waited for: what came and went between two looks is in it.</summary>
    public void Take(int keeper)
    {
        if (!HasSeen || Read($"/proc/{keeper}/stat") is not { } stat) return;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        _seconds = Math.Max(_seconds, (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>Whether it is time for a look: that costs more with each process of the machine, so it is seldom, unless there are suddenly many more of them.</summary>
    private bool IsDue(AttemptLimits limits)
    {
        if (_lookedAt == 0 || Stopwatch.GetElapsedTime(_lookedAt) >= Unguarded) return true;
        if (group is { Exists: true }) return !group.LimitsProcesses && group.Find().Count > limits.Processes / 2;
        return CountAll() > _lookedAmong + (limits.Processes / 4);
    }

    private StopReason? Look(long? most, int mostProcesses)
    {
        (_lookedAt, _lookedAmong) = (Stopwatch.GetTimestamp(), CountAll());
        group?.Read();
        if (group is { LimitsMemory: true, LimitsProcesses: true }) return group.Last is { IsOutOfProcesses: true } ? StopReason.ProcessLimit : null;
        var ids = group is { Exists: true } ? group.Find() : tree.Find();
        var (seconds, resident, threads) = (0.0, 0L, 0);
        foreach (var id in ids)
        {
            if (Read($"/proc/{id}/stat") is not { } stat || Read($"/proc/{id}/statm") is not { } statm) continue;
            // utime, stime, and those of the children that it has collected: what a process used goes to its parent when it ends.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            for (var field = 11; field <= 14; field++) seconds += double.Parse(fields[field], CultureInfo.InvariantCulture) / TicksPerSecond;
            threads += int.Parse(fields[17], CultureInfo.InvariantCulture);
            resident += long.Parse(statm.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            _hasSeen = true;
        }

        // Pages that processes share count once; that costs more to ask, so only where it matters.
        if (resident > most) resident = Math.Min(resident, ids.Sum(Proportional));
        _seconds = Math.Max(_seconds, seconds);
        _peak = Math.Max(_peak, resident);
        return resident > most ? StopReason.MemoryLimit
            : group is { LimitsProcesses: true } ? (group.Last is { IsOutOfProcesses: true } ? StopReason.ProcessLimit : null)
            : threads > mostProcesses ? StopReason.ProcessLimit
            : null;
    }

    /// <summary>Processes and threads of the whole machine.</summary>
    private static int CountAll() => Read("/proc/loadavg")?.Split(' ') is [_, _, _, var counts, ..] ? int.Parse(counts[(counts.IndexOf('/', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) : 0;

    /// <summary>Its memory with its part of what it shares; of a process that cannot be asked, all that is resident.</summary>
    private static long Proportional(int id)
    {
        var line = Read($"/proc/{id}/smaps_rollup")?.Split('\n').FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        if (line is not null) return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return Read($"/proc/{id}/statm") is { Length: > 0 } statm ? long.Parse(statm.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path) is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
