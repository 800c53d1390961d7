using System.Diagnostics;
using System.Globalization;

namespace Mesh.Cli.Lifecycle;

/// <summary>Ends processes: asked first, killed if they do not listen.</summary>
internal static class Stopping
{
    /// <summary>Sends SIGTERM, waits, and sends SIGKILL after the patience has run out. True if it ended by itself.</summary>
    public static async Task<bool> EndAsync(int pid, TimeSpan patience)
    {
        await SignalAsync(pid, "TERM");
        var since = Stopwatch.GetTimestamp();
        while (RunningMesh.Alive(pid))
        {
            if (Stopwatch.GetElapsedTime(since) > patience)
            {
                await SignalAsync(pid, "KILL");
                return false;
            }

            await Task.Delay(50);
        }

        return true;
    }

    private static async Task SignalAsync(int pid, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true });
        if (kill is not null) await kill.WaitForExitAsync();
    }
}
