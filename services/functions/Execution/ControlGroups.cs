using System.Globalization;

namespace Mesh.Functions.Execution;

/// <summary>
/// The control groups (cgroup v2) of attempts on this machine, where the service may make some: each attempt has one of its own, by whose name it is found again. The kernel holds the limits of
/// a group, counts what it has used, and ends all of it at once.
/// </summary>
internal sealed class ControlGroups
{
    /// <summary>The value of the setting that switches them off.</summary>
    public const string Off = "none";

    /// <summary>The group that the service moves to, below the one that it was given: a group with groups of its own holds no processes.</summary>
    private const string Own = "service";

    private const string Prefix = "mesh-";
    private const string ProcessList = "cgroup.procs";
    private const string HandedDown = "cgroup.subtree_control";
    private static readonly string[] Wanted = ["memory", "pids", "cpu"];

    private readonly string? _root;
    private readonly HashSet<string> _controllers;

    private ControlGroups(string? root, HashSet<string> controllers) => (_root, _controllers) = (root, controllers);

    /// <summary>None: attempts are looked at from outside.</summary>
    public static ControlGroups None { get; } = new(null, []);

    /// <summary>Where the groups lie; null where there are none.</summary>
    public string? Root => _root;

    /// <summary>What the kernel limits there: of <c>memory</c>, <c>pids</c> and <c>cpu</c>.</summary>
    public IReadOnlySet<string> Controllers => _controllers;

    /// <summary>Opens the groups that a setting names, or those of the service's own group if that is its alone.</summary>
    /// <param name="setting">The path of a group, which is made if it is not there; <see cref="Off"/> for none; null for the service's own.</param>
    /// <returns>The groups; or none, with the reason why.</returns>
    public static (ControlGroups Groups, string? Fault) Open(string? setting)
    {
        if (setting == Off) return (None, null);
        if (!KeptProcess.IsAvailable) return (None, "there are control groups on Linux only.");
        try
        {
            if ((setting ?? FindOwn()) is not { } root) return (None, "the service has no group of cgroup v2 that is its alone.");
            Directory.CreateDirectory(root);
            if (!File.Exists(Path.Combine(root, "cgroup.kill"))) return (None, $"'{root}' is no group of cgroup v2, or the kernel is older than 5.14.");
            // Groups have the controllers that the group above hands down.
            if (setting is not null) HandDown(Path.GetDirectoryName(root)!);
            HandDown(root);
            Try(root);
            return (new ControlGroups(root, Words(Path.Combine(root, HandedDown))), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (None, $"no groups can be made: {e.Message}");
        }
    }

    /// <summary>The group of an attempt, whether it is there or not; null where there are none.</summary>
    public AttemptGroup? Of(ProcessMark mark) =>
        _root is null ? null : new AttemptGroup(Path.Combine(_root, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{mark.JobId}-{mark.Attempt}")), _controllers);

    /// <summary>The attempts of which something may be left: those of all processes with marks, and those that have a group.</summary>
    public IReadOnlySet<ProcessMark> FindLeftovers() => ProcessTree.FindMarks().Concat(FindMarks()).ToHashSet();

    /// <summary>Ends what is left of an attempt, in its group and wherever its marks show.</summary>
    public async Task EndLeftoversAsync(ProcessMark mark, TimeSpan grace)
    {
        if (Of(mark) is { Exists: true } group) await group.EndAsync(grace);
        await new ProcessTree(mark, null).EndAsync(grace);
    }

    private IEnumerable<ProcessMark> FindMarks()
    {
        if (_root is null) yield break;
        foreach (var folder in Directory.EnumerateDirectories(_root, Prefix + "*"))
        {
            var name = Path.GetFileName(folder)[Prefix.Length..];
            if (name.LastIndexOf('-') is > 0 and var at && int.TryParse(name[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)) yield return new ProcessMark(name[..at], attempt);
        }
    }

    /// <summary>Tries what an attempt needs: a group that this service may put processes in.</summary>
    private static void Try(string root)
    {
        var trial = Path.Combine(root, $"trial-{Environment.ProcessId}");
        Directory.CreateDirectory(trial);
        try
        {
            using var processes = new FileStream(Path.Combine(trial, ProcessList), FileMode.Open, FileAccess.Write);
        }
        finally
        {
            Directory.Delete(trial);
        }
    }

    /// <summary>
    /// The group that the service was given: its own, if nobody else is in it, as in a container or a unit of systemd with <c>Delegate=yes</c>; the one above, if a
    /// <c>DelegateSubgroup=service</c> or an earlier start has moved it there already. A group that others are in, as that of a terminal, is none.
    /// </summary>
    private static string? FindOwn()
    {
        if (File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal)) is not { } line || FindMount() is not { } mount) return null;
        var own = Path.Combine(mount, line["0::/".Length..]);
        if (Path.GetFileName(own) == Own) return Path.GetDirectoryName(own);
        // Only the root of all groups has no type, and it is nobody's own.
        if (!File.Exists(Path.Combine(own, "cgroup.type")) || !IsAlone(own)) return null;
        var below = Directory.CreateDirectory(Path.Combine(own, Own)).FullName;
        while (ReadProcesses(own) is { Count: > 0 } processes)
            foreach (var id in processes) TryMove(id, below);
        return own;
    }

    private static string? FindMount() => File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
        .FirstOrDefault(fields => fields[Array.IndexOf(fields, "-") + 1] == "cgroup2")?[4];

    /// <summary>Whether all processes of a group are this one, those that it started, and the first one of the container.</summary>
    private static bool IsAlone(string group)
    {
        var all = ProcessTable.Read().ToDictionary(process => process.Id, process => process.Parent);
        return ReadProcesses(group).All(id => id == 1 || IsBelow(id));

        bool IsBelow(int id)
        {
            while (id != Environment.ProcessId && id > 1) id = all.GetValueOrDefault(id);
            return id == Environment.ProcessId;
        }
    }

    private static void TryMove(int id, string group)
    {
        try
        {
            File.WriteAllText(Path.Combine(group, ProcessList), id.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException) when (ProcessTable.Find(id) is null or { IsDead: true })
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Gives the controllers that a group has to those below it, as far as they can be had.</summary>
    private static void HandDown(string group)
    {
        var (has, given) = (Words(Path.Combine(group, "cgroup.controllers")), Words(Path.Combine(group, HandedDown)));
        foreach (var controller in Wanted.Where(name => has.Contains(name) && !given.Contains(name)))
        {
            try
            {
                File.WriteAllText(Path.Combine(group, HandedDown), $"+{controller}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What the kernel does not limit is looked at instead.
            }
        }
    }

    private static HashSet<string> Words(string file) => File.Exists(file) ? [.. File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)] : [];

    private static List<int> ReadProcesses(string group) => [.. File.ReadLines(Path.Combine(group, ProcessList)).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
}
