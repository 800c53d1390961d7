using Mesh.Functions.Execution;
using Mesh.Functions.Usage;

namespace Mesh.Functions.Tests.Usage;

public sealed class UsageTests
{
    [Fact]
    public void Rates_are_of_the_time_between_two_readings()
    {
        var before = new UsageReading(10, 100, 300, 0, 0, 0, 0, 1_000_000, 500_000, 5, 0, []);
        var after = new UsageReading(14, 103, 301, 2_000_000_000, 8_000_000_000, 25_000_000, 100_000_000, 4_000_000, 500_000, 7, 64_000_000, [new(50, 1000, 4000)]);
        after.Since(before).ToDictionary().ShouldBe(new Dictionary<string, double>
        {
            ["system/cpu_utilization_percentage"] = 75,
            ["system/system_memory_usage_megabytes"] = 2000,
            ["system/system_memory_usage_percentage"] = 25,
            ["system/disk_usage_percentage"] = 75,
            ["system/disk_usage_megabytes"] = 75,
            ["system/disk_available_megabytes"] = 25,
            ["system/network_receive_megabytes"] = 3,
            ["system/network_transmit_megabytes"] = 0,
            ["system/process_cpu_percentage"] = 50,
            ["system/process_memory_megabytes"] = 64,
            ["system/gpu_0_utilization_percentage"] = 50,
            ["system/gpu_0_memory_usage_megabytes"] = 1000,
            ["system/gpu_0_memory_usage_percentage"] = 25,
        }, ignoreOrder: true);
    }

    [Fact]
    public void Processes_that_ended_meanwhile_count_nothing_negative() =>
        new UsageReading(2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, []).Since(new UsageReading(1, 0, 0, 0, 0, 0, 0, 5, 5, 9, 0, [])).ShouldAllBe(value => value.Value >= 0);

    [Fact]
    public void The_kernels_files_are_read()
    {
        UsageMeter.Processors(["cpu  100 0 50 800 50 0 0 0 7 0", "cpu0 1 1 1 1 1 1 1 1 1 1"]).ShouldBe((1.5, 8.5));
        UsageMeter.Processors(["nonsense"]).ShouldBe((0, 0));
        UsageMeter.Memory(["MemTotal:       1000 kB", "MemFree:         100 kB", "MemAvailable:    400 kB"]).ShouldBe((600 * 1024, 1000 * 1024));
        UsageMeter.Network(["Inter-|   Receive", " face |bytes", "    lo: 9 0 0 0 0 0 0 0 9 0", "  eth0: 100 1 0 0 0 0 0 0 40 1", "  eth1:7 1 0 0 0 0 0 0 2 1"]).ShouldBe((107, 42));
        UsageMeter.Gpus("12, 1000, 16000\n[N/A], 0, 1\n").ShouldBe([new(12, 1048.576, 16777.216), new(0, 0, 1.048576)]);
    }

    [Fact]
    public async Task This_machine_is_read()
    {
        if (!ProcessTable.IsAvailable) return;
        var meter = new UsageMeter(new ProcessTree(new ProcessMark("nobody", 1), null), Path.GetTempPath());
        var reading = await meter.ReadAsync(default);
        reading.BusySeconds.ShouldBeGreaterThan(0);
        reading.MemoryUsed.ShouldBeInRange(1, reading.MemoryTotal);
        reading.DiskFree.ShouldBeInRange(0, reading.DiskTotal);
        reading.ProcessMemory.ShouldBe(0);
    }
}
