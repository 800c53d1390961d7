using System.Diagnostics;

namespace Mesh.Functions.Execution;

/// <summary>
/// All processes of one attempt: those that carry its marks, those of the session that it was started in, and the children of either.
/// One that forked away, left the session or cleared its environment is caught by what it did not shed.
/// </summary>
internal sealed class ProcessTree(ProcessMark mark, int? session)
{
    private const int Kill = 9;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Ids of the living processes.</summary>
    public IReadOnlyList<int> Find()
    {
        var all = ProcessTable.Read(session is { } first ? ProcessTable.LowestAfter(first) : 0);
        var found = new HashSet<int>();
        foreach (var process in all)
        {
            if (process.IsDead || process.Id == Environment.ProcessId) continue;
            if (process.Session == session || ProcessTable.MarkOf(process) == mark) found.Add(process.Id);
        }

        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            foreach (var process in all)
                if (!process.IsDead && process.Id != Environment.ProcessId && found.Contains(process.Parent)) found.Add(process.Id);
        }

        return [.. found];
    }

    /// <summary>
    /// Ends them all: SIGTERM, then after <paramref name="grace"/> SIGKILL until none is left. It does not stop half-way: what was begun is finished
    /// even when the service itself is stopping.
    /// </summary>
    /// <param name="spared">Those that may stay, for as long as all others end when they are asked to.</param>
    /// <returns>False if some withstood SIGKILL (hung in the kernel).</returns>
    public async Task<bool> EndAsync(TimeSpan grace, params IReadOnlyCollection<int> spared)
    {
        if (!ProcessTable.IsAvailable || OperatingSystem.IsWindows()) return true;
        var clock = Stopwatch.StartNew();
        var asked = new HashSet<int>();
        while (Find().Where(id => !spared.Contains(id)).ToList() is { Count: > 0 } found)
        {
            if (clock.Elapsed > grace + TimeSpan.FromSeconds(10)) return false;
            var kill = clock.Elapsed >= grace;
            foreach (var id in found)
            {
                if (kill) ProcessTable.Signal(id, Kill);
                else if (asked.Add(id)) ProcessTable.Terminate(id);
            }

            if (kill && session is { } group) ProcessTable.Signal(-group, Kill);
            await Task.Delay(Look);
        }

        return true;
    }

    /// <summary>The marks of all living processes that have any, this one excepted.</summary>
    public static IReadOnlySet<ProcessMark> FindMarks()
    {
        if (!ProcessTable.IsAvailable) return new HashSet<ProcessMark>();
        return ProcessTable.Read().Where(p => !p.IsDead && p.Id != Environment.ProcessId)
            .Select(p => ProcessTable.MarkOf(p)).OfType<ProcessMark>().ToHashSet();
    }
}
