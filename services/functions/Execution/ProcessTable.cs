using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Mesh.Functions.Execution;

/// <summary>A process as the kernel lists it.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Parent">Id of its parent.</param>
/// <param name="Session">Id of its session.</param>
/// <param name="StartedAt">Start in clock ticks since boot: with the id it names one process for ever.</param>
/// <param name="IsDead">Ended, and only not yet collected by its parent.</param>
internal readonly record struct ProcessEntry(int Id, int Parent, int Session, ulong StartedAt, bool IsDead)
{
    private const int MillisecondsPerTick = 10;

    /// <summary>Whether it was started within this time.</summary>
    public bool IsYoungerThan(TimeSpan age) => Environment.TickCount64 - (long)(StartedAt * MillisecondsPerTick) < age.TotalMilliseconds;
}

/// <summary>The processes of this machine, read from <c>/proc</c>.</summary>
internal static class ProcessTable
{
    private const int MostSeen = 10_000;
    private const int FirstEnvironmentBytes = 16 * 1024;
    private const int MostInAMoment = 10_000;
    private const int MostStatBytes = 1024;
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly Lazy<int> MostIds = new(() => int.Parse(File.ReadAllText("/proc/sys/kernel/pid_max"), CultureInfo.InvariantCulture));
    private static readonly ConcurrentDictionary<(int Id, ulong StartedAt), ProcessMark?> Seen = new();

    private static readonly FileSystemEnumerable<int> Ids = new("/proc", (ref entry) => int.Parse(entry.FileName, CultureInfo.InvariantCulture))
    {
        ShouldIncludePredicate = (ref entry) => entry.FileName[0] is >= '1' and <= '9',
    };

    /// <summary>Whether this machine shows its processes; elsewhere a job's processes are only known as children of one that Mesh started.</summary>
    public static bool IsAvailable { get; } = OperatingSystem.IsLinux() && File.Exists("/proc/self/stat");

    /// <summary>
    /// Names this machine since its last boot and this set of process ids (a container has its own): within equal names, process ids mean the same.
    /// </summary>
    public static string Scope { get; } = !IsAvailable
        ? Environment.MachineName
        : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{new FileInfo("/proc/self/ns/pid").LinkTarget}";

    /// <summary>Every process, the dead ones that nobody collected too.</summary>
    /// <param name="from">The lowest process id that is of interest.</param>
    public static List<ProcessEntry> Read(int from = 0)
    {
        var entries = new List<ProcessEntry>(256);
        foreach (var id in Ids)
            if (id >= from && Find(id) is { } entry) entries.Add(entry);
        return entries;
    }

    /// <summary>
    /// The lowest id that a process can have that was begun after another: its own while that is young, since ids count up. Zero when that is not sure: it is older, or the ids
    /// are about to begin from the start.
    /// </summary>
    public static int LowestAfter(int id)
    {
        if (Find(id) is not { } entry || !entry.IsYoungerThan(Moment)) return 0;
        return id + MostInAMoment < MostIds.Value ? id : 0;
    }

    /// <summary>One process, or null if there is none with this id.</summary>
    public static ProcessEntry? Find(int id)
    {
        Span<byte> stat = stackalloc byte[MostStatBytes];
        var count = ProcFile.Read(id, "stat"u8, stat);
        return count < 0 ? null : Parse(id, stat[..count]);
    }

    /// <summary>
    /// Reads a line of <c>/proc/[id]/stat</c> (proc(5)): <c>4711 (name) S parent group session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime priority nice threads 0 start …</c>.
    /// The name may hold anything, so the fields are counted from its last parenthesis. A process whose first thread has ended shows as dead while others run.
    /// </summary>
    internal static ProcessEntry? Parse(int id, ReadOnlySpan<byte> stat)
    {
        var (state, parent, session, threads) = ((byte)0, 0, 0, 0);
        var place = 0;
        var fields = stat[Math.Min(stat.Length, stat.LastIndexOf((byte)')') + 2)..];
        foreach (var range in fields.Split((byte)' '))
        {
            var field = fields[range];
            switch (place++)
            {
                case 0: state = field.IsEmpty ? (byte)0 : field[0]; break;
                case 1: parent = Number(field); break;
                case 3: session = Number(field); break;
                case 17: threads = Number(field); break;
                case 19:
                    var isDead = state is (byte)'X' || (state is (byte)'Z' && threads <= 1);
                    return new ProcessEntry(id, parent, session, ulong.Parse(field, CultureInfo.InvariantCulture), isDead);
            }
        }

        return null;

        static int Number(ReadOnlySpan<byte> digits) => int.Parse(digits, CultureInfo.InvariantCulture);
    }

    /// <summary>The marks of a process, or null if it has none or hides them. What was seen once is remembered: a mark stays though a program clears its environment.</summary>
    public static ProcessMark? MarkOf(ProcessEntry process)
    {
        if (Seen.TryGetValue((process.Id, process.StartedAt), out var seen)) return seen;
        if (ReadMark(process.Id, out var mark) is false) return null;
        // A young one may still have the environment of who forked it, and is about to become another program.
        if (mark is null && process.IsYoungerThan(Young)) return null;
        if (Seen.Count > MostSeen) Seen.Clear();
        Seen[(process.Id, process.StartedAt)] = mark;
        return mark;
    }

    /// <returns>Whether its environment could be read.</returns>
    private static bool ReadMark(int id, out ProcessMark? mark)
    {
        mark = null;
        for (var size = FirstEnvironmentBytes; ; size *= 4)
        {
            var bytes = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                var count = ProcFile.Read(id, "environ"u8, bytes);
                if (count < 0) return false;
                if (count == bytes.Length) continue;
                mark = ProcessMark.Parse(bytes.AsSpan(0, count));
                return true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    /// <summary>The environment that a process was started with, or null if it is gone or hides it.</summary>
    public static IReadOnlyDictionary<string, string>? EnvironmentOf(int id)
    {
        try
        {
            var block = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/environ"));
            var variables = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in block.Split('\0'))
                if (entry.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) variables.TryAdd(entry[..at], entry[(at + 1)..]);
            return variables.Count == 0 ? null : variables;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The command line of a process; empty if it is gone or hides it.</summary>
    public static string[] CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Asks a process to end; one that is stopped goes on, so that it hears.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void Terminate(int id)
    {
        Signal(id, 15);
        Signal(id, 18);
    }

    /// <summary>Sends a signal to a process, or to a whole group if the id is negative. A process that is gone already is no error.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void Signal(int id, int signal) => _ = Kill(id, signal);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int id, int signal);
}
