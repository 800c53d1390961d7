using System.Diagnostics;
using System.Globalization;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Usage;

/// <summary>Reads what a machine and an attempt use, from <c>/proc</c>; what a machine does not show stays zero. GPUs are asked of <c>nvidia-smi</c>, where it is.</summary>
/// <param name="group">The attempt's control group; null where there are none.</param>
internal sealed class UsageMeter(ProcessTree tree, string folder, AttemptGroup? group = null)
{
    private const double TicksPerSecond = 100;
    private static readonly string? NvidiaSmi = OperatingSystem.IsLinux()
        ? Programs.Find("nvidia-smi", Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/bin", "/").Path
        : null;

    /// <summary>Reads everything now.</summary>
    public async Task<UsageReading> ReadAsync(CancellationToken ct)
    {
        var (busy, idle) = Processors(Lines("/proc/stat"));
        var (used, total) = Memory(Lines("/proc/meminfo"));
        var (received, sent) = Network(Lines("/proc/net/dev"));
        var (seconds, resident) = Processes();
        var (free, size) = Disk();
        var at = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        return new UsageReading(at, busy, idle, used, total, free, size, received, sent, seconds, resident, NvidiaSmi is null ? [] : await GpusAsync(NvidiaSmi, ct));
    }

    /// <summary>How many graphics processors the machine has.</summary>
    public static int CountGpus()
    {
        if (NvidiaSmi is null) return 0;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(NvidiaSmi, ["--query-gpu=index", "--format=csv,noheader"]) { RedirectStandardOutput = true });
            var output = process?.StandardOutput.ReadToEnd() ?? "";
            process?.WaitForExit();
            return process?.ExitCode == 0 ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }

    /// <summary>Time of all cores from <c>/proc/stat</c>: busy, and idle or waiting for a disk, in seconds.</summary>
    internal static (double Busy, double Idle) Processors(IEnumerable<string> stat)
    {
        // cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already.
        var fields = stat.FirstOrDefault(line => line.StartsWith("cpu ", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields is not { Length: >= 9 }) return (0, 0);
        var ticks = fields[1..9].Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        var idle = ticks[3] + ticks[4];
        return ((ticks.Sum() - idle) / TicksPerSecond, idle / TicksPerSecond);
    }

    /// <summary>Bytes in use and in all from <c>/proc/meminfo</c>; what the kernel would give back at once is not in use.</summary>
    internal static (long Used, long Total) Memory(IEnumerable<string> meminfo)
    {
        var values = meminfo.Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length >= 2)
            .ToDictionary(parts => parts[0], parts => long.TryParse(parts[1], CultureInfo.InvariantCulture, out var kib) ? kib * 1024 : 0, StringComparer.Ordinal);
        var total = values.GetValueOrDefault("MemTotal");
        return (total - values.GetValueOrDefault("MemAvailable", total), total);
    }

    /// <summary>Bytes received and sent from <c>/proc/net/dev</c>, all devices but loopback.</summary>
    internal static (long Received, long Sent) Network(IEnumerable<string> dev)
    {
        var (received, sent) = (0L, 0L);
        foreach (var line in dev)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line[..colon].Trim() == "lo") continue;
            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 9) continue;
            received += long.Parse(fields[0], CultureInfo.InvariantCulture);
            sent += long.Parse(fields[8], CultureInfo.InvariantCulture);
        }

        return (received, sent);
    }

    /// <summary>What <c>nvidia-smi</c> prints as utilization, memory used and memory in all, in percent and MiB.</summary>
    internal static IReadOnlyList<GpuReading> Gpus(string csv) =>
    [
        .. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',', StringSplitOptions.TrimEntries)).Where(fields => fields.Length == 3)
            .Select(fields => new GpuReading(Number(fields[0]), Number(fields[1]) * 1.048576, Number(fields[2]) * 1.048576)),
    ];

    private static double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private (double Seconds, long Resident) Processes()
    {
        if (!ProcessTable.IsAvailable) return (0, 0);
        var (seconds, resident) = (0.0, 0L);
        var isGrouped = group is { Exists: true };
        foreach (var id in isGrouped ? group!.Find() : tree.Find())
        {
            if (Lines($"/proc/{id}/stat") is not [var stat, ..] || Lines($"/proc/{id}/statm") is not [var statm, ..]) continue;
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            seconds += (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
            resident += long.Parse(statm.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }

        group?.Read();
        return (isGrouped && group!.Last is { } used ? used.CpuSeconds : seconds, resident);
    }

    private (long Free, long Total) Disk()
    {
        try
        {
            var drive = new DriveInfo(folder);
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (0, 0);
        }
    }

    private static async Task<IReadOnlyList<GpuReading>> GpusAsync(string program, CancellationToken ct)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"])
            {
                RedirectStandardOutput = true,
            });
            if (process is null) return [];
            var output = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return process.ExitCode == 0 ? Gpus(output) : [];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return [];
        }
    }
}
