using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Execution;

/// <summary>What a script can do to itself and to where it lives.</summary>
public sealed class UnhappyScriptTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    [Fact]
    public async Task One_that_stops_itself_is_ended_at_its_timeout_and_may_still_end_in_order()
    {
        var job = await functions.ShellAsync("trap 'echo saving; exit' TERM; echo up; kill -STOP $$; while :; do sleep 0.1; done", timeout: 1);
        (await functions.UntilAsync(job.Id, JobStatus.Failed)).Cause.ShouldBe("ran longer than its timeout of 1 s and was ended");
        await Eventually.Holds(() => functions.Peers.LogOf(job.Id).ShouldContain("saving\n"));
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_stops_its_whole_group_is_ended_at_its_timeout()
    {
        var job = await functions.ShellAsync("echo up; kill -STOP 0; sleep 300", timeout: 1);
        (await functions.UntilAsync(job.Id, JobStatus.Failed)).Cause.ShouldBe("ran longer than its timeout of 1 s and was ended");
        ServiceProcess.ProcessesOf(job.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_deletes_its_working_folder_ends_as_its_exit_code_says()
    {
        var good = await functions.ShellAsync("rm -rf \"$PWD\"; echo gone; sleep 0.6; exit 0");
        var bad = await functions.ShellAsync("rm -rf \"$PWD\"; exit 3");
        await functions.UntilAsync(good.Id, JobStatus.Succeeded);
        (await functions.UntilAsync(bad.Id, JobStatus.Failed)).Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(3);
        await Eventually.Holds(() => functions.Peers.LogOf(good.Id).ShouldBe("gone\n"));
    }

    [Fact]
    public async Task One_that_deletes_what_lies_beside_its_folder_fails_and_the_next_attempt_and_the_next_job_run()
    {
        var job = await functions.ShellAsync("[ $MESH_ATTEMPT = 2 ] && exit 0; rm -rf \"$PWD/..\"; sleep 0.5; exit 3", attempts: 2);
        (await functions.UntilAsync(job.Id, JobStatus.Succeeded)).Attempts.Count.ShouldBe(2);
        await functions.UntilAsync((await functions.ShellAsync("echo next")).Id, JobStatus.Succeeded);
    }

    [Fact]
    public async Task One_that_works_elsewhere_leaves_no_folder_behind()
    {
        var job = await functions.ShellAsync("touch here; cd /; mv \"$OLDPWD/here\" \"$OLDPWD/there\"; ls \"$OLDPWD\"");
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        functions.Peers.LogOf(job.Id).ShouldBe("there\n");
        await Eventually.Holds(() => Directory.Exists(Path.Combine(AttemptFolder.Root(functions.DataPath), functions.Project, job.Id.ToString(), "1")).ShouldBeFalse());
    }

    [Fact]
    public async Task A_parent_that_never_collects_its_children_ends_with_them()
    {
        await using var run = new ExecutorRun();
        var running = run.RunAsync(["python3", "-c", "import os, time\nfor i in range(20):\n    if os.fork() == 0: os._exit(0)\nprint('up', flush=True)\ntime.sleep(300)"]);
        await Eventually.Holds(() => run.Text.ShouldBe("up\n"));
        ProcessTable.Read().Count(process => process.IsDead && run.Alive.Contains(process.Parent)).ShouldBe(20);
        run.Stop();
        (await running).ShouldBeNull();
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_whose_first_thread_has_ended_is_still_alive_and_ends_with_its_attempt()
    {
        await using var run = new ExecutorRun();
        // In a session of its own: nothing but its being alive leads to it.
        const string script =
            """
            import ctypes, os, threading, time
            if os.fork(): time.sleep(300)
            os.setsid()
            open('pid', 'w').write(str(os.getpid()))
            threading.Thread(target=lambda: time.sleep(300)).start()
            print('up', flush=True)
            ctypes.CDLL(None).syscall(60, 0)
            """;
        var running = run.RunAsync(["python3", "-c", script]);
        await Eventually.Holds(() => run.Text.ShouldBe("up\n"));
        var id = int.Parse(await File.ReadAllTextAsync(Path.Combine(run.Folder.Work, "pid")), CultureInfo.InvariantCulture);
        await Eventually.Holds(async () => (await File.ReadAllTextAsync($"/proc/{id}/stat")).ShouldContain(") Z "));
        run.Alive.ShouldContain(id);
        run.Stop();
        (await running).ShouldBeNull();
        (ProcessTable.Find(id) is null or { IsDead: true }).ShouldBeTrue();
    }

    [Fact]
    public async Task Endless_bytes_without_a_line_are_cut_at_the_limit_and_do_not_hold_it_up()
    {
        await using var run = new ExecutorRun(mostOutput: 200_000);
        (await run.ShellAsync("head -c 20000000 /dev/urandom | tr -d '\\n'; exit 4"))!.ExitCode.ShouldBe(4);
        new FileInfo(run.Folder.Log).Length.ShouldBeLessThan(201_000);
        run.Text.ShouldEndWith("the rest is dropped.\n");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64 * 1024)]
    [InlineData(16 * 1024)]
    public async Task A_secret_is_blotted_out_wherever_a_long_line_is_cut(int at)
    {
        await using var run = new ExecutorRun();
        var secrets = new Dictionary<string, string> { ["API_KEY"] = "s3cr3t-value-that-is-long" };
        for (var shift = -20; shift < 2; shift += 7)
        {
            var script = $"import os, sys\nk = os.environ['API_KEY']\nsys.stdout.write('x' * max(0, {at + shift}) + k[:9]); sys.stdout.flush()\nsys.stdout.write(k[9:] + 'y' * 70000)";
            (await run.RunAsync(["python3", "-c", script], secrets))!.ExitCode.ShouldBe(0);
            run.Text.ShouldNotContain("s3cr3t");
            run.Text.ShouldNotContain("value");
            File.Delete(run.Folder.Log);
        }
    }

    [Fact]
    public async Task A_variable_or_an_argument_that_the_kernel_does_not_take_is_told()
    {
        await using var run = new ExecutorRun();
        var large = new string('x', 200_000);
        foreach (var end in (ExecutionEnd?[])[await run.RunAsync(["true"], declared: new() { ["LARGE"] = large }), await run.RunAsync(["true", large])])
        {
            end!.ExitCode.ShouldBeNull();
            end.Cause.ShouldBe("The program 'true' could not be started: its arguments and variables are larger than the kernel takes: 128 KiB each, and some megabytes in all.");
        }

        (await run.RunAsync(["true", .. Enumerable.Repeat(new string('x', 100_000), 5)]))!.ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("#!/no/such/python\nprint(1)\n", "The program './run' needs '/no/such/python', which was not found.")]
    [InlineData("#! /etc/passwd -x\n", "The program './run' needs '/etc/passwd', which is not executable.")]
    [InlineData("#!/bin/sh\r\necho hi\r\n", "The program './run' has the line ends of Windows, with which '/bin/sh' is not found: save it with those of Unix.")]
    public async Task A_script_whose_interpreter_cannot_run_is_told_by_name(string script, string cause)
    {
        await using var run = new ExecutorRun();
        var end = await run.RunAsync(["./run"], files: [new CodeFile("run", script)]);
        (end!.ExitCode, end.Cause).ShouldBe((null, cause));
    }

    [Fact]
    public async Task A_script_with_an_interpreter_and_its_argument_runs()
    {
        await using var run = new ExecutorRun();
        (await run.RunAsync(["./run"], files: [new CodeFile("run", "#!/usr/bin/env sh\necho hi\n")]))!.ExitCode.ShouldBe(0);
        (await run.RunAsync(["./run"], files: [new CodeFile("run", "#! /bin/sh -e\nfalse\necho no\n")]))!.ExitCode.ShouldBe(1);
        run.Text.ShouldBe("hi\n");
    }
}
