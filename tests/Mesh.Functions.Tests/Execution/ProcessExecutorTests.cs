using System.Diagnostics;
using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Execution;

public sealed class ProcessExecutorTests
{
    // Forks twice and leaves the session, as daemons do; the first process ends at once.
    private const string Daemon =
        """
        import os, sys, time
        if os.fork(): os.wait() if len(sys.argv) > 1 else None; time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0); sys.exit(0)
        os.setsid()
        if os.fork(): sys.exit(0)
        open('daemon.pid', 'w').write(str(os.getpid()))
        time.sleep(300)
        """;

    [Fact]
    public async Task Both_streams_are_kept_line_by_line_in_their_order()
    {
        await using var run = new ExecutorRun();
        var end = await run.ShellAsync("for i in 1 2 3; do echo out $i; sleep 0.3; echo err $i >&2; sleep 0.3; done");
        end!.ExitCode.ShouldBe(0);
        end.Cause.ShouldBeNull();
        run.Text.ShouldBe("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
    }

    [Fact]
    public async Task A_failure_is_explained_by_the_last_line_of_stderr_and_the_exit_code()
    {
        await using var run = new ExecutorRun();
        var end = await run.ShellAsync("echo first >&2; echo 'ValueError: bad column' >&2; echo >&2; echo done; exit 3");
        end!.ExitCode.ShouldBe(3);
        end.Cause.ShouldBe("ValueError: bad column (exit code 3)");
    }

    [Fact]
    public async Task A_failure_without_a_word_says_so()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("exit 7"))!.Cause.ShouldBe("The command failed and wrote nothing to stderr (exit code 7)");
    }

    [Fact]
    public async Task A_signal_is_named()
    {
        await using var run = new ExecutorRun();
        var end = await run.ShellAsync("kill -9 $$");
        end!.ExitCode.ShouldBe(137);
        end.Cause!.ShouldContain("SIGKILL");
    }

    [Theory]
    [InlineData("no-such-program", "The program 'no-such-program' was not found on the PATH of the worker.")]
    [InlineData("./missing.sh", "The program './missing.sh' was not found.")]
    [InlineData("/tmp", "The program '/tmp' is a folder.")]
    [InlineData("./plain.txt", "The program './plain.txt' is not executable.")]
    [InlineData("", "The command names no program.")]
    public async Task A_program_that_cannot_run_is_told_by_name(string program, string cause)
    {
        await using var run = new ExecutorRun();
        var end = await run.RunAsync([program], files: [new CodeFile("plain.txt", "x")]);
        end!.ExitCode.ShouldBeNull();
        end.Cause.ShouldBe(cause);
    }

    [Fact]
    public async Task Code_files_lie_in_the_working_folder_and_a_script_can_be_the_command()
    {
        await using var run = new ExecutorRun();
        var end = await run.RunAsync(["./lib/run.sh", "a b"], files: [new("lib/run.sh", "#!/bin/sh\npwd\ncat data.txt\necho \"$1\"\n"), new("data.txt", "héllo\n")]);
        end!.Cause.ShouldBeNull();
        run.Text.ShouldBe($"{run.Folder.Work}\nhéllo\na b\n");
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(run.Folder.Work).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task The_environment_is_told_and_nothing_of_the_service_leaks()
    {
        Environment.SetEnvironmentVariable("Mesh__Postgres", "Host=secret");
        await using var run = new ExecutorRun();
        (await run.RunAsync(["sh", "-c", "env; echo ${#MESH_TOKEN} characters"], values: new() { ["learning-rate"] = "0.1", ["x"] = "a\"b" }))!.ExitCode.ShouldBe(0);
        var lines = run.Text.Split('\n');
        lines.ShouldContain($"MESH_RUN_ID={run.JobId}");
        lines.ShouldContain("MESH_ATTEMPT=1");
        lines.ShouldContain("MESH_PROJECT=demo");
        lines.ShouldContain("MESH_TOKEN=***");
        lines.ShouldContain("5 characters");
        lines.ShouldContain("MESH_API=http://127.0.0.1:1");
        lines.ShouldContain("MESH_PARAM_LEARNING_RATE=0.1");
        lines.Single(l => l.StartsWith("MESH_PARAMS=", StringComparison.Ordinal)).ShouldContain("\"learning-rate\":\"0.1\"");
        run.Text.ShouldNotContain("Host=secret");
    }

    [Fact]
    public async Task Values_of_secrets_do_not_show_in_the_output_nor_in_the_cause()
    {
        await using var run = new ExecutorRun();
        var secrets = new Dictionary<string, string> { ["API_KEY"] = "s3cr3t-value", ["PEM"] = "-----BEGIN-----\nabcdefgh\n-----END-----" };
        var end = await run.RunAsync(["sh", "-c", "echo key=$API_KEY; printf '%s\\n' \"$PEM\"; echo cannot use $API_KEY >&2; exit 1"], secrets);
        run.Text.ShouldContain("key=***");
        run.Text.ShouldNotContain("s3cr3t");
        run.Text.ShouldNotContain("abcdefgh");
        end!.Cause.ShouldBe("cannot use *** (exit code 1)");
    }

    [Fact]
    public async Task There_is_nothing_to_read_on_stdin()
    {
        await using var run = new ExecutorRun();
        (await run.RunAsync(["cat"]))!.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_become_replacement_characters()
    {
        await using var run = new ExecutorRun();
        (await run.RunAsync(["head", "-c", "300000", "/dev/urandom"]))!.ExitCode.ShouldBe(0);
        var bytes = await File.ReadAllBytesAsync(run.Folder.Log);
        new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).ShouldNotContain('\0');
    }

    [Fact]
    public async Task A_line_without_end_is_kept_whole()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("head -c 1000000 /dev/zero | tr '\\0' x"))!.ExitCode.ShouldBe(0);
        new FileInfo(run.Folder.Log).Length.ShouldBe(1_000_000);
    }

    [Fact]
    public async Task Output_beyond_the_limit_is_dropped_and_said_so()
    {
        await using var run = new ExecutorRun(mostOutput: 100_000);
        (await run.ShellAsync("yes | head -c 10000000"))!.ExitCode.ShouldBe(0);
        new FileInfo(run.Folder.Log).Length.ShouldBeLessThan(101_000);
        run.Text.ShouldEndWith("[mesh] The output is longer than 100,000 bytes; the rest is dropped.\n");
    }

    [Fact]
    public async Task A_full_disk_costs_the_output_and_not_the_job()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no device that is always full.");
        await using var run = new ExecutorRun();
        Directory.CreateDirectory(run.Folder.Job);
        File.CreateSymbolicLink(run.Folder.Log, "/dev/full");
        var end = await run.ShellAsync("yes | head -c 1000000; echo boom >&2; exit 3").WaitAsync(TimeSpan.FromSeconds(60));
        end!.Cause!.ShouldStartWith("boom (exit code 3); its output could not be kept: No space left on device");
        (await run.ShellAsync("yes | head -c 1000000").WaitAsync(TimeSpan.FromSeconds(60)))!.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task An_unfinished_line_is_shown_while_the_process_waits()
    {
        await using var run = new ExecutorRun();
        var running = run.ShellAsync("printf 'Continue? '; sleep 60");
        await Eventually.Holds(() => run.Text.ShouldBe("Continue? "));
        run.Stop();
        (await running).ShouldBeNull();
    }

    [Fact]
    public async Task A_stop_ends_children_that_forked_away_and_left_the_session()
    {
        await using var run = new ExecutorRun();
        var running = run.RunAsync(["python3", "daemon.py", "300"], files: [new("daemon.py", Daemon)]);
        await Eventually.Holds(() => File.ReadAllText(Path.Combine(run.Folder.Work, "daemon.pid")).ShouldNotBeEmpty());
        var daemon = int.Parse(await File.ReadAllTextAsync(Path.Combine(run.Folder.Work, "daemon.pid")), null);
        run.Alive.ShouldContain(daemon);
        run.Stop();
        (await running).ShouldBeNull();
        run.Alive.ShouldBeEmpty();
        IsRunning(daemon).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_left_in_the_background_ends_with_the_command()
    {
        await using var run = new ExecutorRun();
        var clock = Stopwatch.StartNew();
        (await run.ShellAsync("setsid sleep 300 & (trap '' TERM; sleep 301) & echo started"))!.ExitCode.ShouldBe(0);
        run.Alive.ShouldBeEmpty();
        run.Text.ShouldBe("started\n");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_child_that_cleared_its_environment_is_known_by_its_session()
    {
        await using var run = new ExecutorRun();
        var running = run.ShellAsync("env -i sh -c 'echo $$ > child.pid; exec sleep 300' & wait");
        await Eventually.Holds(() => File.ReadAllText(Path.Combine(run.Folder.Work, "child.pid")).ShouldEndWith("\n"));
        var child = int.Parse(await File.ReadAllTextAsync(Path.Combine(run.Folder.Work, "child.pid")), null);
        run.Stop();
        (await running).ShouldBeNull();
        IsRunning(child).ShouldBeFalse();
    }

    [Fact]
    public async Task A_process_may_end_in_order_after_SIGTERM()
    {
        await using var run = new ExecutorRun(graceSeconds: 20);
        var running = run.ShellAsync("trap 'echo saving; exit 0' TERM; echo ready; while :; do sleep 0.1; done");
        await Eventually.Holds(() => run.Text.ShouldBe("ready\n"));
        var clock = Stopwatch.StartNew();
        run.Stop();
        (await running).ShouldBeNull();
        run.Text.ShouldContain("saving");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task One_that_ignores_SIGTERM_is_killed_after_the_grace()
    {
        await using var run = new ExecutorRun(graceSeconds: 0.5);
        var running = run.RunAsync(["python3", "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"]);
        await Eventually.Holds(() => run.Text.ShouldBe("deaf\n"));
        var clock = Stopwatch.StartNew();
        run.Stop();
        (await running).ShouldBeNull();
        run.Alive.ShouldBeEmpty();
        clock.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Leftovers_of_earlier_attempts_end_before_the_next_begins_and_others_do_not()
    {
        await using var run = new ExecutorRun();
        await using var other = new ExecutorRun();
        using var left = StartMarked(run.JobId, 1);
        using var later = StartMarked(run.JobId, 2);
        using var foreign = StartMarked(other.JobId, 1);
        await run.Executor.EndLeftoversAsync(ExecutorRun.Local, run.JobId, 2, CancellationToken.None);
        IsRunning(left.Id).ShouldBeFalse();
        IsRunning(later.Id).ShouldBeTrue();
        IsRunning(foreign.Id).ShouldBeTrue();
        later.Kill();
        foreign.Kill();
    }

    [Fact]
    public async Task One_that_closes_its_streams_and_runs_on_is_waited_for()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("echo up; exec >&- 2>&-; sleep 1; touch done; exit 5"))!.ExitCode.ShouldBe(5);
        run.Text.ShouldBe("up\n");
        File.Exists(Path.Combine(run.Folder.Work, "done")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_printed_at_the_very_end_is_kept()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("seq 1 50000; printf last; kill -TERM $$"))!.ExitCode.ShouldBe(143);
        run.Text.ShouldBe(string.Concat(Enumerable.Range(1, 50000).Select(i => $"{i}\n")) + "last");
    }

    [Fact]
    public async Task A_signal_to_its_own_group_ends_it_and_is_told()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("echo up; kill -TERM 0; sleep 300"))!.ExitCode.ShouldBe(143);
        (await run.ShellAsync("kill -KILL 0; sleep 300"))!.ExitCode.ShouldBe(137);
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_secret_in_two_writes_is_blotted_out_and_one_in_another_form_is_not()
    {
        await using var run = new ExecutorRun();
        var end = await run.RunAsync(
            ["sh", "-c", "printf s3cr3t-; sleep 1; printf 'value\\n'; printf %s $API_KEY | base64"], new Dictionary<string, string> { ["API_KEY"] = "s3cr3t-value" });
        end!.ExitCode.ShouldBe(0);
        run.Text.ShouldBe("***\nczNjcjN0LXZhbHVl\n");
    }

    [Fact]
    public async Task A_crash_leaves_no_core_file()
    {
        await using var run = new ExecutorRun();
        (await run.ShellAsync("ulimit -c; kill -ABRT $$"))!.ExitCode.ShouldBe(134);
        run.Text.ShouldStartWith("0\n");
    }

    private static Process StartMarked(string jobId, int attempt)
    {
        var info = new ProcessStartInfo("sleep", ["300"]);
        info.Environment["MESH_RUN_ID"] = jobId;
        info.Environment["MESH_ATTEMPT"] = attempt.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Process.Start(info)!;
    }

    private static bool IsRunning(int id) => Mesh.Functions.Execution.ProcessTable.Find(id) is { IsDead: false };
}
