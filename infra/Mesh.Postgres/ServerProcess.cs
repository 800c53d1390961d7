using System.Diagnostics;

namespace Mesh.Postgres;

/// <summary>A server's main process, which is not our child: <c>pg_ctl</c> gives it a session of its own so that Ctrl+C reaches only us.</summary>
internal static class ServerProcess
{
    /// <summary>Whether the process is a PostgreSQL server of this cluster, and not a later process that got its number.</summary>
    public static bool IsServer(int pid, string cluster)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // "…/bin/postgres\0-D\0/home/ada/.mesh/postgres/cluster\0"
                var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
                return Path.GetFileName(words[0]) is "postgres" or "postmaster" && words.Contains(cluster) && !IsZombie(pid);
            }

            using var process = Process.GetProcessById(pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Waits until the server is gone.</summary>
    /// <returns>False when it still runs after the time.</returns>
    public static async Task<bool> WaitForEndAsync(int pid, string cluster, TimeSpan timeout, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); IsServer(pid, cluster); await Task.Delay(50, ct))
        {
            if (waited.Elapsed > timeout)
            {
                return false;
            }
        }

        return true;
    }

    // In a container whose first process reaps nothing, a dead server stays listed.
    private static bool IsZombie(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
    }
}
