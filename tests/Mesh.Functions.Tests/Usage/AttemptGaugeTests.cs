using Mesh.Functions.Execution;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Execution;
using Mesh.Functions.Usage;

namespace Mesh.Functions.Tests.Usage;

/// <summary>What is told of an attempt that goes over a limit and runs on, with and without a control group.</summary>
public sealed class AttemptGaugeTests
{
    // Goes on whatever the kernel refuses.
    private const string Forks =
        """
        import os, time
        for i in range(80):
            try:
                if os.fork() == 0: time.sleep(300)
            except OSError:
                pass
        time.sleep(300)
        """;

    private const string Threads = "import threading, time\nfor i in range(80): threading.Thread(target=lambda: time.sleep(300)).start()";
    private const string Memory = "import time\nkept = bytearray(b'x') * (160 << 20)\ntime.sleep(300)";

    [Theory]
    [InlineData(Forks)]
    [InlineData(Threads)]
    public async Task Processes_and_threads_are_counted_from_outside(string script) => (await TellAsync(script, null, new AttemptLimits(null, null, 50))).ShouldBe(StopReason.ProcessLimit);

    [Theory]
    [InlineData(Forks)]
    [InlineData(Threads)]
    public async Task Processes_and_threads_of_a_group_are_counted(string script)
    {
        using var groups = TestGroups.Make();
        (await TellAsync(script, groups.Groups, new AttemptLimits(null, null, 50))).ShouldBe(StopReason.ProcessLimit);
    }

    [Fact]
    public async Task Memory_of_a_group_that_the_kernel_does_not_limit_is_looked_at()
    {
        using var groups = TestGroups.Make();
        Assert.SkipWhen(groups.Groups.Controllers.Contains("memory"), "The kernel limits it here.");
        (await TellAsync(Memory, groups.Groups, new AttemptLimits(64 << 20, null, 4096))).ShouldBe(StopReason.MemoryLimit);
    }

    /// <summary>Runs a script until the gauge tells of it.</summary>
    private static async Task<StopReason> TellAsync(string script, ControlGroups? groups, AttemptLimits limits)
    {
        Assert.SkipUnless(ProcessTable.IsAvailable, "Processes are shown on Linux only.");
        await using var run = new ExecutorRun(graceSeconds: 0, groups: groups) { Limits = limits };
        using var ended = new CancellationTokenSource();
        var told = new TaskCompletionSource<StopReason>();
        var gauge = new AttemptGauge(new ProcessTree(new ProcessMark(run.JobId, 1), null), run.Group);
        var looking = gauge.RunAsync(limits, reason => told.SetResult(reason), ended.Token);
        var running = run.RunAsync(["python3", "-c", script]);
        await Task.WhenAny(told.Task, running).WaitAsync(TimeSpan.FromSeconds(60));
        told.Task.IsCompleted.ShouldBeTrue(run.Text);
        run.Stop();
        (await running).ShouldBeNull();
        await ended.CancelAsync();
        await looking;
        return await told.Task;
    }
}
