using System.Diagnostics;
using System.Globalization;

namespace Mesh.Functions.Execution;

/// <summary>What a group has used until now, and where it met its limits.</summary>
/// <param name="CpuSeconds">Processor time of all its processes, of those that have ended too.</param>
/// <param name="PeakMemoryBytes">The most memory at once; null where the kernel does not count it.</param>
/// <param name="IsOutOfMemory">Whether it was ended for its memory.</param>
/// <param name="IsOutOfProcesses">Whether it has tried to have more processes than it may.</param>
internal sealed record GroupUsage(double CpuSeconds, long? PeakMemoryBytes, bool IsOutOfMemory, bool IsOutOfProcesses);

/// <summary>
/// The control group of one attempt. Its program enters it before it begins, and nothing that it starts gets out, however far it forks away; the keeper stays outside.
/// </summary>
/// <param name="path">Its folder, which need not be there.</param>
/// <param name="controllers">What the kernel limits in it.</param>
internal sealed class AttemptGroup(string path, IReadOnlySet<string> controllers)
{
    private const double UsualWeight = 100;
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(50);

    // The processes of an attempt may be started again, in a new group of the same name.
    private GroupUsage? _earlier;

    /// <summary>The file by which a process enters it.</summary>
    public string Entrance { get; } = Path.Combine(path, "cgroup.procs");

    /// <summary>What it had used when it was last read; null if it never was there.</summary>
    public GroupUsage? Last { get; private set; }

    /// <summary>Whether it is there.</summary>
    public bool Exists => Directory.Exists(path);

    /// <summary>Whether the kernel limits its memory.</summary>
    public bool LimitsMemory => controllers.Contains("memory");

    /// <summary>Whether the kernel limits its processes.</summary>
    public bool LimitsProcesses => controllers.Contains("pids");

    /// <summary>Makes it, with its limits as far as the kernel knows them.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Make(AttemptLimits limits)
    {
        _earlier = Last;
        Directory.CreateDirectory(path);
        if (LimitsMemory && limits.MemoryBytes is { } bytes)
        {
            Write("memory.max", bytes);
            // Not all kernels swap.
            if (File.Exists(Path.Combine(path, "memory.swap.max"))) Write("memory.swap.max", 0);
            Write("memory.oom.group", 1);
        }

        if (LimitsProcesses) Write("pids.max", limits.Processes);
        // Cores are shared by what was asked for, and those that nobody uses are anybody's.
        if (controllers.Contains("cpu") && limits.Cpus is { } cpus) Write("cpu.weight", (long)Math.Clamp(Math.Round(UsualWeight * cpus), 1, 10_000));
    }

    /// <summary>Ids of its processes, and of those of the groups that it has made itself.</summary>
    public IReadOnlyList<int> Find()
    {
        try
        {
            return [.. Directory.EnumerateFiles(path, "cgroup.procs", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads what it has used until now.</summary>
    public void Read()
    {
        if (Field("cpu.stat", "usage_usec") is not { } microseconds) return;
        // The machine may have run out of memory, and not this group: then it has not met its own limit.
        var isOutOfMemory = LimitsMemory && Field("memory.events", "oom") > 0 && Field("memory.events", "oom_kill") > 0;
        var peak = LimitsMemory ? Math.Max(Number("memory.peak") ?? Number("memory.current") ?? 0, _earlier?.PeakMemoryBytes ?? 0) : (long?)null;
        Last = new GroupUsage((microseconds / 1e6) + (_earlier?.CpuSeconds ?? 0), peak, isOutOfMemory, LimitsProcesses && Field("pids.events", "max") > 0);
    }

    /// <summary>Ends all that is in it and removes it: SIGTERM, then after <paramref name="grace"/> all is killed in one step.</summary>
    /// <returns>False if some withstood that (hung in the kernel).</returns>
    public async Task<bool> EndAsync(TimeSpan grace)
    {
        if (OperatingSystem.IsWindows()) return true;
        var clock = Stopwatch.StartNew();
        var asked = new HashSet<int>();
        for (var look = TimeSpan.FromMilliseconds(1); ; look = look < LongestLook ? 2 * look : LongestLook)
        {
            Read();
            // The kernel removes none that is in use, so nothing can have entered it in between.
            if (TryRemove()) return true;
            if (clock.Elapsed > grace + TimeSpan.FromSeconds(10)) return false;
            if (clock.Elapsed >= grace) TryWrite("cgroup.kill", 1);
            else
                foreach (var id in Find().Where(asked.Add)) ProcessTable.Terminate(id);
            await Task.Delay(look);
        }
    }

    private bool TryRemove()
    {
        try
        {
            if (!Exists) return true;
            // Its files go with it; only groups below it have to go first.
            foreach (var below in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).OrderByDescending(folder => folder.Length)) Directory.Delete(below);
            Directory.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return !Exists;
        }
    }

    private long? Number(string file) => Text(file) is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private long? Field(string file, string name) => Text(file)?.Split('\n').Select(line => line.Split(' ')).FirstOrDefault(fields => fields[0] == name) is [_, var value]
        ? long.Parse(value, CultureInfo.InvariantCulture)
        : null;

    private string? Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(path, file)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Write(string file, long value) => File.WriteAllText(Path.Combine(path, file), value.ToString(CultureInfo.InvariantCulture));

    private void TryWrite(string file, long value)
    {
        try
        {
            Write(file, value);
        }
        catch (IOException)
        {
            // It was removed in between.
        }
    }
}
