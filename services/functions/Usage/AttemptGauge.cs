using System.Globalization;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Usage;

/// <summary>
/// Follows what the processes of one attempt use in all, from <c>/proc</c>, and tells when their memory goes over a limit. It looks now and then: what comes and
/// goes between two looks is not seen.
/// </summary>
internal sealed class AttemptGauge(ProcessTree tree)
{
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Guarded = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Unguarded = TimeSpan.FromSeconds(1);

    /// <summary>Whether it has seen anything.</summary>
    public bool HasSeen { get; private set; }

    /// <summary>Processor time, of those that have ended too.</summary>
    public double CpuSeconds { get; private set; }

    /// <summary>The most memory at once.</summary>
    public long PeakMemoryBytes { get; private set; }

    /// <summary>Looks until it is cancelled.</summary>
    /// <param name="limit">The most bytes of memory; null for no limit.</param>
    /// <param name="exceeded">Called once when there are more.</param>
    public async Task RunAsync(long? limit, Action exceeded, CancellationToken ct)
    {
        if (!ProcessTable.IsAvailable) return;
        var over = false;
        for (var wait = First; !ct.IsCancellationRequested; wait = limit is null ? Unguarded : Guarded)
        {
            await Task.Delay(wait, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var memory = Look(limit);
            if (over || limit is not { } most || memory <= most) continue;
            over = true;
            exceeded();
        }
    }

    /// <summary>Takes the processor time of all that a process has waited for: what came and went between two looks is in it.</summary>
    public void Take(int keeper)
    {
        if (!HasSeen || Read($"/proc/{keeper}/stat") is not { } stat) return;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        CpuSeconds = Math.Max(CpuSeconds, (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private long Look(long? limit)
    {
        var ids = tree.Find();
        var (seconds, resident) = (0.0, 0L);
        foreach (var id in ids)
        {
            if (Read($"/proc/{id}/stat") is not { } stat || Read($"/proc/{id}/statm") is not { } statm) continue;
            // utime, stime, and those of the children that it has collected: what a process used goes to its parent when it ends.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            for (var field = 11; field <= 14; field++) seconds += double.Parse(fields[field], CultureInfo.InvariantCulture) / TicksPerSecond;
            resident += long.Parse(statm.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            HasSeen = true;
        }

        // Pages that processes share count once; that costs more to ask, so only where it matters.
        if (resident > limit) resident = Math.Min(resident, ids.Sum(Proportional));
        CpuSeconds = Math.Max(CpuSeconds, seconds);
        PeakMemoryBytes = Math.Max(PeakMemoryBytes, resident);
        return resident;
    }

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
