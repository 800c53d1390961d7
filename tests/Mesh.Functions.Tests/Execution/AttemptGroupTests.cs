using System.Globalization;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Execution;

/// <summary>Attempts in control groups of the kernel's, where it lets this test make some.</summary>
public sealed class AttemptGroupTests
{
    // Forks and leaves the session again and again, without its marks; each generation has twice as many, up to 2048, and each waits.
    private const string Bomb =
        """
        import os, time
        for generation in range(11):
            os.fork()
            os.setsid() if os.getpid() != os.getsid(0) else None
        print('up', flush=True)
        time.sleep(300)
        """;

    [Fact]
    public async Task One_that_sheds_its_session_its_marks_and_its_parent_ends_with_its_attempt()
    {
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(groups: groups.Groups);
        var running = run.ShellAsync("setsid env -i sh -c 'echo $$ > pid.new; mv pid.new pid; trap \"\" TERM; while :; do sleep 300; done' & sleep 300");
        var file = Path.Combine(run.Folder.Work, "pid");
        await Eventually.Holds(() => File.Exists(file).ShouldBeTrue());
        var shed = int.Parse((await File.ReadAllTextAsync(file)).Trim(), CultureInfo.InvariantCulture);
        run.Group!.Find().ShouldContain(shed);
        run.Stop();
        (await running).ShouldBeNull();
        (ProcessTable.Find(shed) is null or { IsDead: true }).ShouldBeTrue();
        run.Group!.Exists.ShouldBeFalse();
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bomb_of_forks_is_ended_in_one_step()
    {
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(graceSeconds: 0, groups: groups.Groups);
        var running = run.RunAsync(["env", "-i", "/usr/bin/env", "python3", "-c", Bomb]);
        await Eventually.Holds(() => run.Group!.Find().Count.ShouldBeGreaterThan(200));
        run.Stop();
        (await running).ShouldBeNull();
        run.Group!.Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task What_it_used_is_counted_however_short_it_was()
    {
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(groups: groups.Groups);
        (await run.ShellAsync("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"))!.ExitCode.ShouldBe(0);
        run.Used!.CpuSeconds.ShouldBeInRange(0.001, 30);
        if (groups.Groups.Controllers.Contains("memory")) run.Used.PeakMemoryBytes!.Value.ShouldBeGreaterThan(100_000);
        run.Group!.Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task It_ends_in_order_when_it_is_asked_to()
    {
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(graceSeconds: 60, groups: groups.Groups);
        var running = run.ShellAsync("trap 'echo saving; exit 0' TERM; echo ready; while :; do sleep 0.1; done");
        await Eventually.Holds(() => run.Text.ShouldBe("ready\n"));
        run.Stop();
        (await running).ShouldBeNull();
        run.Text.ShouldContain("saving");
    }

    [Fact]
    public async Task What_an_earlier_attempt_left_in_its_group_ends_before_the_next_begins()
    {
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(groups: groups.Groups);
        var group = run.Group!;
        group.Make(run.Limits);
        // A group of its own below it, and no marks.
        var below = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(group.Entrance)!, "below")).FullName;
        using var left = System.Diagnostics.Process.Start("sh", ["-c", $"echo 0 > {below}/cgroup.procs; exec sleep 300"]);
        await Eventually.Holds(() => group.Find().ShouldContain(left.Id));
        await run.Executor.EndLeftoversAsync(ExecutorRun.Local, run.JobId, 1, CancellationToken.None);
        left.HasExited.ShouldBeFalse("it belongs to the next attempt");
        await run.Executor.EndLeftoversAsync(ExecutorRun.Local, run.JobId, 2, CancellationToken.None);
        await left.WaitForExitAsync();
        group.Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task The_kernel_ends_one_over_its_memory_with_all_that_it_started()
    {
        using var groups = TestGroups.Make("memory");
        await using var run = new ExecutorRun(groups: groups.Groups) { Limits = new AttemptLimits(64 << 20, null, 4096) };
        var end = await run.ShellAsync("setsid sleep 300 & exec python3 -c \"kept = bytearray(b'x') * (160 << 20)\"");
        (end!.ExitCode, end.Cause, end.Code).ShouldBe((137, "memory limit 64 MiB exceeded", CauseCode.MemoryLimit));
        run.Used!.PeakMemoryBytes!.Value.ShouldBeInRange(60 << 20, 64 << 20);
        run.Text.ShouldEndWith("[mesh] memory limit 64 MiB exceeded.\n");
    }

    [Fact]
    public async Task The_kernel_lets_it_have_no_more_processes_than_it_may()
    {
        using var groups = TestGroups.Make("pids");
        await using var run = new ExecutorRun(groups: groups.Groups) { Limits = new AttemptLimits(null, null, 50) };
        var end = await run.RunAsync(["python3", "-c", "import os, time\nfor i in range(100):\n    if os.fork() == 0: time.sleep(300)"]);
        (end!.ExitCode, end.Code).ShouldBe((1, CauseCode.ProcessLimit));
        end.Cause!.ShouldStartWith("process limit 50 exceeded: BlockingIOError: ");
    }

    [Fact]
    public async Task Cores_that_were_asked_for_are_its_weight()
    {
        using var groups = TestGroups.Make("cpu");
        await using var run = new ExecutorRun(groups: groups.Groups) { Limits = new AttemptLimits(null, 2.5, 4096) };
        var running = run.ShellAsync("echo up; sleep 300");
        await Eventually.Holds(() => run.Text.ShouldBe("up\n"));
        (await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(run.Group!.Entrance)!, "cpu.weight"))).Trim().ShouldBe("250");
        run.Stop();
        await running;
    }

    [Fact]
    public void A_place_that_holds_no_groups_is_refused_with_its_setting()
    {
        Assert.SkipUnless(KeptProcess.IsAvailable, "There are control groups on Linux only.");
        var folder = Directory.CreateTempSubdirectory("mesh-no-group-").FullName;
        var check = new ControlGroupCheck();
        check.Validate(null, new FunctionsOptions { ControlGroup = folder }).FailureMessage.ShouldBe(
            $"Functions:ControlGroup: '{folder}' is no group of cgroup v2, or the kernel is older than 5.14. Name a group that this service may make others in, or 'none'.");
        check.Validate(null, new FunctionsOptions { ControlGroup = "none" }).Succeeded.ShouldBeTrue();
        check.Validate(null, new FunctionsOptions()).Succeeded.ShouldBeTrue();
        Directory.Delete(folder);
    }
}
