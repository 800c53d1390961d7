using System.Runtime.InteropServices;

namespace Mesh.Client.Tracking.Spool;

/// <summary>
/// Has what waits in memory written to the disk when the process ends: by its own will, by an exception that nobody catches, or by a signal that
/// can be heard. A process that is killed outright leaves what was written before.
/// </summary>
internal static class SpillOnExit
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<MetricBuffer> Buffers = [];
    private static readonly List<IDisposable> Signals = [];

    public static void Add(MetricBuffer buffer)
    {
        lock (Gate)
        {
            Buffers.Add(buffer);
            if (Signals.Count > 0) return;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Spill();
            AppDomain.CurrentDomain.UnhandledException += (_, _) => Spill();
            // What they do is still done, by the program or by the system: a process that they end does not come by ProcessExit.
            PosixSignal[] ending = OperatingSystem.IsWindows()
                ? [PosixSignal.SIGINT, PosixSignal.SIGTERM]
                : [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
            foreach (var signal in ending) Signals.Add(PosixSignalRegistration.Create(signal, _ => Spill()));
        }
    }

    public static void Remove(MetricBuffer buffer)
    {
        lock (Gate) Buffers.Remove(buffer);
    }

    private static void Spill()
    {
        MetricBuffer[] waiting;
        lock (Gate) waiting = [.. Buffers];
        foreach (var buffer in waiting) buffer.Spill();
    }
}
