using System.Diagnostics;
using System.Globalization;
using Mesh.Benchmarks.Load;

namespace Mesh.Benchmarks.Figures;

/// <summary>Time from a warm start to the first 200 through the gateway, and what everything weighs at rest.</summary>
internal static class StartUp
{
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string data)
    {
        await using (await BenchmarkMesh.StartAsync(data))
        {
            // The first start makes the database; the figure is about the second.
        }

        var started = Stopwatch.GetTimestamp();
        await using var mesh = await BenchmarkMesh.StartAsync(data);
        using var client = mesh.Client();
        await client.MeAsync();
        var took = Stopwatch.GetElapsedTime(started);
        await Task.Delay(TimeSpan.FromSeconds(10));
        return [Figure.Below("warm start to the first 200", took.TotalSeconds, 6, "s"), Figure.Below("idle memory, PostgreSQL included", Weight(mesh.Pid, data), 400, "MB")];
    }

    // Proportional set size: memory that processes share counts once, as PostgreSQL's buffers do.
    private static double Weight(int root, string data)
    {
        // PostgreSQL has a session of its own: it is known by its folder.
        var pids = new HashSet<int> { root };
        var parents = Directory.GetDirectories("/proc").Select(p => int.TryParse(Path.GetFileName(p), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0).Select(pid => (pid, parent: ParentOf(pid))).ToList();
        pids.UnionWith(parents.Select(p => p.pid).Where(pid => CommandOf(pid).Contains(data, StringComparison.Ordinal)));
        for (var before = 0; before < pids.Count;)
        {
            before = pids.Count;
            foreach (var (pid, parent) in parents)
                if (pids.Contains(parent)) pids.Add(pid);
        }

        return pids.Sum(ProportionalKilobytes) / 1000.0;
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long ProportionalKilobytes(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1000;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return 0;
        }
    }
}
