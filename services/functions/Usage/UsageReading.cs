namespace Mesh.Functions.Usage;

/// <summary>Counters and levels of the machine and of an attempt's processes at one moment.</summary>
/// <param name="At">When, in seconds of a clock that only goes forward.</param>
/// <param name="BusySeconds">Processor time that the machine has spent, all cores together.</param>
/// <param name="IdleSeconds">Processor time that it has not spent.</param>
/// <param name="MemoryUsed">Bytes in use.</param>
/// <param name="MemoryTotal">Bytes of memory.</param>
/// <param name="DiskFree">Bytes that are free where the attempt works.</param>
/// <param name="DiskTotal">Bytes of that disk.</param>
/// <param name="Received">Bytes received from the network, loopback not counted.</param>
/// <param name="Sent">Bytes sent to the network, loopback not counted.</param>
/// <param name="ProcessSeconds">Processor time of the attempt's processes that are alive.</param>
/// <param name="ProcessMemory">Resident bytes of the attempt's processes.</param>
/// <param name="Gpus">Each graphics processor, in its order.</param>
internal sealed record UsageReading(
    double At, double BusySeconds, double IdleSeconds, long MemoryUsed, long MemoryTotal, long DiskFree, long DiskTotal, long Received, long Sent,
    double ProcessSeconds, long ProcessMemory, IReadOnlyList<GpuReading> Gpus)
{
    private const double Megabyte = 1e6;

    /// <summary>
    /// The metrics of the time since an earlier reading, under the names that MLflow gives them
    /// (<see href="https://mlflow.org/docs/latest/ml/tracking/system-metrics/"/>), and <c>system/process_…</c> for the attempt alone: percent of one core, megabytes.
    /// </summary>
    public IEnumerable<KeyValuePair<string, double>> Since(UsageReading before)
    {
        var (busy, idle) = (BusySeconds - before.BusySeconds, IdleSeconds - before.IdleSeconds);
        if (busy + idle > 0) yield return new("system/cpu_utilization_percentage", 100 * busy / (busy + idle));
        if (MemoryTotal > 0)
        {
            yield return new("system/system_memory_usage_megabytes", MemoryUsed / Megabyte);
            yield return new("system/system_memory_usage_percentage", 100.0 * MemoryUsed / MemoryTotal);
        }

        if (DiskTotal > 0)
        {
            yield return new("system/disk_usage_percentage", 100.0 * (DiskTotal - DiskFree) / DiskTotal);
            yield return new("system/disk_usage_megabytes", (DiskTotal - DiskFree) / Megabyte);
            yield return new("system/disk_available_megabytes", DiskFree / Megabyte);
        }

        yield return new("system/network_receive_megabytes", Math.Max(0, Received - before.Received) / Megabyte);
        yield return new("system/network_transmit_megabytes", Math.Max(0, Sent - before.Sent) / Megabyte);
        // Processes that ended meanwhile took their time with them.
        if (At > before.At) yield return new("system/process_cpu_percentage", 100 * Math.Max(0, ProcessSeconds - before.ProcessSeconds) / (At - before.At));
        yield return new("system/process_memory_megabytes", ProcessMemory / Megabyte);
        for (var i = 0; i < Gpus.Count; i++)
        {
            yield return new($"system/gpu_{i}_utilization_percentage", Gpus[i].Utilization);
            yield return new($"system/gpu_{i}_memory_usage_megabytes", Gpus[i].MemoryUsed);
            if (Gpus[i].MemoryTotal > 0) yield return new($"system/gpu_{i}_memory_usage_percentage", 100 * Gpus[i].MemoryUsed / Gpus[i].MemoryTotal);
        }
    }
}

/// <summary>A graphics processor: percent, and megabytes.</summary>
internal readonly record struct GpuReading(double Utilization, double MemoryUsed, double MemoryTotal);
