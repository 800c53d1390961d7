using Mesh.Contracts.Functions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Tests.Execution;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Distributed;

public sealed class GangTests
{
    [Fact]
    public async Task All_processes_run_and_each_line_tells_whose_it_is()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(Plain(3), "echo rank $RANK of $WORLD_SIZE; printf 'no end'");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldBe(
        [
            "[worker-0] no end", "[worker-0] rank 0 of 3", "[worker-1] no end", "[worker-1] rank 1 of 3", "[worker-2] no end", "[worker-2] rank 2 of 3",
        ]);
    }

    [Fact]
    public async Task One_that_fails_ends_the_others_and_is_named_with_its_last_word()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(Plain(3), "[ $RANK = 1 ] && echo 'ValueError: bad shard' >&2 && exit 3; (trap '' TERM; sleep 300) & wait");
        (end!.ExitCode, end.Cause).ShouldBe((3, "worker-1: ValueError: bad shard (exit code 3)"));
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_start_or_none_goes_on()
    {
        await using var run = new GangRun();
        var end = await run.RunAsync(
            new(TrainingFramework.Plain, [new("master", Command: ["sh", "-c", "sleep 300"]), new("worker", 2)], MaxRestarts: 5), ["no-such-program"]);
        (end!.ExitCode, end.Cause).ShouldBe((null, "worker-0: The program 'no-such-program' was not found on the PATH of the worker."));
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_ends_them_all()
    {
        await using var run = new GangRun();
        var running = run.ShellAsync(Plain(3), "echo up; setsid sleep 300 & sleep 300");
        await Eventually.Holds(() => run.Lines.Count.ShouldBe(3));
        run.Stop();
        (await running).ShouldBeNull();
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_whole_gang_is_started_again_and_finds_its_checkpoint()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(
            Plain(2) with { MaxRestarts = 1 },
            "echo start $MESH_RESTART: $(cat $MESH_CHECKPOINT/step-$RANK 2>/dev/null || echo nothing); echo 41 > $MESH_CHECKPOINT/step-$RANK; "
            + "[ $MESH_RESTART = 0 ] && [ $RANK = 1 ] && { while [ ! -f $MESH_CHECKPOINT/step-0 ]; do sleep 0.05; done; kill -9 $$; }; [ $MESH_RESTART = 1 ] || sleep 300");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldBe(
        [
            "[mesh] worker-1: The command failed and wrote nothing to stderr (exit code 137, SIGKILL: perhaps out of memory). The gang is started again from its checkpoint: 1 of 1.",
            "[worker-0] start 0: nothing", "[worker-0] start 1: 41", "[worker-1] start 0: nothing", "[worker-1] start 1: 41",
        ]);
    }

    [Fact]
    public async Task All_starts_of_a_gang_run_in_one_control_group_and_what_they_used_is_counted_together()
    {
        using var groups = TestGroups.Make();
        await using var run = new GangRun(groups.Groups);
        const string work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; grep -c $MESH_RUN_ID /proc/self/cgroup; times";
        var end = await run.ShellAsync(
            Plain(2) with { MaxRestarts = 1 }, $"setsid env -i sh -c 'trap \"\" TERM; while :; do sleep 300; done' & [ $MESH_RESTART = 1 ] && exit 0; {work}; [ $RANK = 1 ] || {{ sleep 300; exit; }}; sleep 1; exit 3");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldContain("[worker-0] 1");
        run.Lines.ShouldContain("[worker-1] 1");
        run.Used!.CpuSeconds.ShouldBeGreaterThan(0.05);
        run.Group!.Exists.ShouldBeFalse();
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gang_that_fails_too_often_has_failed()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(Plain(2) with { MaxRestarts = 2 }, "[ $RANK = 0 ] && echo boom $MESH_RESTART >&2 && exit 4; sleep 300");
        (end!.ExitCode, end.Cause).ShouldBe((4, "worker-0: boom 2 (exit code 4); the gang had been started again 2 times"));
    }

    [Fact]
    public async Task An_elastic_gang_goes_on_with_those_that_are_left()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(
            new(TrainingFramework.Pytorch, [new("worker", 3)], Elastic: new(2, 3), MaxRestarts: 1), "[ $WORLD_SIZE = 3 ] && [ $RANK = 0 ] && exit 1; [ $WORLD_SIZE = 3 ] && sleep 300; echo $RANK of $WORLD_SIZE");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldBe(
        [
            "[mesh] worker-0: The command failed and wrote nothing to stderr (exit code 1). The gang is started again, with 2 replicas, from its checkpoint: 1 of 1.",
            "[worker-0] 0 of 2", "[worker-1] 1 of 2",
        ]);
    }

    [Fact]
    public async Task The_end_of_the_leader_ends_the_servers()
    {
        await using var run = new GangRun();
        var end = await run.ShellAsync(
            new(TrainingFramework.Tensorflow, [new("chief"), new("ps")]), "[ $MESH_ROLE = ps ] && sleep 300; echo $TF_CONFIG | python3 -c 'import json, sys; print(json.load(sys.stdin)[\"task\"])'");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldBe(["[chief-0] {'type': 'chief', 'index': 0}"]);
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ranks_of_mpi_run_where_there_is_no_mpirun()
    {
        await using var run = new GangRun();
        var end = await run.RunAsync(new(TrainingFramework.Mpi, [new("worker", 2)]), ["sh", "-c", "echo $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE"], path: "/usr/bin:/bin");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Lines.ShouldBe(["[worker-0] 0 of 2", "[worker-1] 1 of 2"]);
    }

    [Fact]
    public async Task An_mpirun_of_the_machine_gets_the_ranks_and_the_hostfile()
    {
        await using var run = new GangRun();
        // Stands in for Open MPI: takes -np, and starts that many of what follows.
        const string mpirun = "#!/bin/sh\ncat $OMPI_MCA_orte_default_hostfile\nn=$2; shift 2\nfor i in $(seq $n); do \"$@\"; done\n";
        var end = await run.RunAsync(
            new(TrainingFramework.Mpi, [new("worker", 2)]), ["echo", "hello"], [new CodeFile("bin/mpirun", mpirun)], path: $"{Path.Combine(run.Folder.Work, "bin")}:/usr/bin:/bin");
        end!.ExitCode.ShouldBe(0, end.Cause);
        run.Text.ShouldBe("[launcher-0] localhost slots=2\n[launcher-0] hello\n[launcher-0] hello\n");
    }

    [Fact]
    public void Ports_are_given_to_one_gang_at_a_time()
    {
        using var first = GangPorts.Take(3);
        first.Ports.Distinct().Count().ShouldBe(3);
        using (var second = new GangPortClaim()) second.TryAdd(first.Ports[0]).ShouldBeFalse();
        int port;
        using (var third = GangPorts.Take(1)) port = third.Ports[0];
        using var again = new GangPortClaim();
        again.TryAdd(port).ShouldBeTrue();
    }

    [Fact]
    public void A_port_that_is_in_use_is_not_given()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var claim = new GangPortClaim();
        claim.TryAdd(((System.Net.IPEndPoint)listener.LocalEndpoint).Port).ShouldBeFalse();
    }

    private static Distribution Plain(int workers) => new(TrainingFramework.Plain, [new("worker", workers)]);
}
