using System.Globalization;

namespace Mesh.Benchmarks.Load;

/// <summary>What the processes of a mesh weigh together.</summary>
internal static class MeshMemory
{
    /// <summary>
    /// MB of all processes that were started on a data folder, and of those that they started. Proportional set size: memory that processes share
    /// counts once, as PostgreSQL's buffers do.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such process, or one cannot be weighed.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static double Weigh(string data) => ProcessesOf(data).Sum(Kilobytes) * 1024 / 1e6;

    /// <summary>Resident MB of the process of one service, where each has its own.</summary>
    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static double WeighService(string data, string service)
    {
        var program = $"Mesh.{char.ToUpperInvariant(service[0])}{service[1..]}.dll";
        var pid = ProcessesOf(data).FirstOrDefault(pid => Read(pid, "cmdline")?.Contains(program, StringComparison.Ordinal) == true);
        if (pid == 0 || Read(pid, "status") is not { } status) throw new InvalidOperationException($"the service {service} has no process of its own on {data}.");
        var line = status.Split('\n').First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private static HashSet<int> ProcessesOf(string data)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("memory is read from Linux's /proc.");
        var parents = Directory.GetDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0).Select(pid => (Pid: pid, Parent: ParentOf(pid))).Where(process => process.Parent is not null).ToList();
        // PostgreSQL has a session of its own: it is known by its folder.
        var mesh = parents.Select(process => process.Pid).Where(pid => Read(pid, "cmdline")?.Contains(data, StringComparison.Ordinal) == true).ToHashSet();
        for (var before = 0; before < mesh.Count;)
        {
            before = mesh.Count;
            mesh.UnionWith(parents.Where(process => mesh.Contains(process.Parent!.Value)).Select(process => process.Pid).ToList());
        }

        if (mesh.Count == 0) throw new InvalidOperationException($"no process runs on {data}.");
        return mesh;
    }

    // Null for one that has ended; only its parent has not heard of it yet.
    private static int? ParentOf(int pid)
    {
        if (Read(pid, "stat") is not { } stat) return null;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] == "Z" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
    }

    private static double Kilobytes(int pid)
    {
        if (Read(pid, "smaps_rollup") is not { } text)
            return ParentOf(pid) is null ? 0 : throw new InvalidOperationException($"/proc/{pid}/smaps_rollup cannot be read. Measure as the user that runs PostgreSQL, or as root.");
        var line = text.Split('\n').First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string? Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
