using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Functions.Tests.Doubles;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Queue;

public sealed class WorkerTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    [Fact]
    public async Task A_job_runs_and_its_output_reaches_its_run()
    {
        var job = await functions.SubmitAsync(new SubmitJob(Command: ["sh", "-c", "echo hello $MESH_PARAM_WHO; echo attempt $MESH_ATTEMPT"], Params: new() { ["who"] = "world" }));
        var ended = await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        ended.Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(0);
        functions.Peers.LogOf(job.Id).ShouldBe("hello world\nattempt 1\n");
        functions.Peers.AttemptsOf(job.Id).ShouldBe([1]);
        foreach (var type in (string[])["job.submitted", "job.started", "job.succeeded"])
            await functions.Host.RelayedAsync(type, e => e.Subject == job.Id.ToString());
        Directory.Exists(Path.Combine(functions.DataPath, "jobs", functions.Project, job.Id.ToString(), "1")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_failing_job_is_tried_again_and_fails_with_its_cause()
    {
        var job = await functions.ShellAsync("echo try $MESH_ATTEMPT; sleep 0.5; echo boom >&2; exit 4", attempts: 2);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Attempts.Count.ShouldBe(2);
        ended.Attempts.ShouldAllBe(a => a.ExitCode == 4);
        ended.Cause.ShouldBe("boom (exit code 4)");
        functions.Peers.LogOf(job.Id).ShouldBe("try 1\nboom\ntry 2\nboom\n");
        await functions.Host.RelayedAsync("job.attempt-failed", e => e.Subject == job.Id.ToString());
        await functions.Host.RelayedAsync("job.failed", e => e.Subject == job.Id.ToString());
    }

    [Fact]
    public async Task What_the_hub_cannot_work_with_is_not_tried_again()
    {
        var job = await functions.SubmitAsync(new SubmitJob(
            Item: "auto-trainer", Params: new() { ["dataset"] = "d", ["target"] = "t", ["model"] = "No Label" }, MaxAttempts: 3));
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Attempts.ShouldHaveSingleItem().ExitCode.ShouldBe(2);
        ended.Cause!.ShouldStartWith("The param 'model' must be a DNS label");
    }

    [Fact]
    public async Task A_command_that_the_hub_runs_is_followed_and_its_exit_code_is_the_jobs()
    {
        var job = await functions.SubmitAsync(new SubmitJob(Item: "shell", Params: new() { ["command"] = "echo to you; echo too bad >&2; exit 7" }));
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        (ended.Attempts.ShouldHaveSingleItem().ExitCode, ended.Cause).ShouldBe((7, "too bad (exit code 7)"));
        functions.Peers.LogOf(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["to you", "too bad"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_the_job_with_a_clear_cause()
    {
        var job = await functions.SubmitAsync(new SubmitJob(Command: ["no-such-program"]));
        (await functions.UntilAsync(job.Id, JobStatus.Failed)).Cause.ShouldBe("The program 'no-such-program' was not found on the PATH of the worker.");
        functions.Peers.LogOf(job.Id).ShouldContain("no-such-program");
    }

    [Fact]
    public async Task A_job_that_runs_too_long_is_ended_with_its_children()
    {
        var job = await functions.ShellAsync("setsid sleep 300 & sleep 300", timeout: 1);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Failed);
        ended.Cause.ShouldBe("ran longer than its timeout of 1 s and was ended");
        new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_abort_ends_the_process_tree()
    {
        var job = await functions.ShellAsync("trap '' TERM; setsid sleep 300 & echo up; while :; do sleep 1; done");
        await Eventually.Holds(() => functions.Peers.LogOf(job.Id).ShouldBe("up\n"));
        using (var answer = await functions.Editor.PostAsJsonAsync($"{functions.Jobs}/{job.Id}/abort", new AbortJob("enough"), MeshJson.Strict))
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var ended = await functions.UntilAsync(job.Id, JobStatus.Aborted);
        ended.Cause.ShouldBe("enough");
        new ProcessTree(new ProcessMark(job.Id.ToString(), 1), null).Find().ShouldBeEmpty();
        using var again = await functions.Editor.PostAsync($"{functions.Jobs}/{job.Id}/abort", null);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Output_waits_on_disk_while_tracking_is_away()
    {
        var job = await functions.ShellAsync("echo one; while [ ! -e go ]; do sleep 0.05; done; echo two");
        await Eventually.Holds(() => functions.Peers.LogOf(job.Id).ShouldBe("one\n"));
        functions.Peers.Away = true;
        var work = Path.Combine(functions.DataPath, "jobs", functions.Project, job.Id.ToString(), "1");
        await File.WriteAllTextAsync(Path.Combine(work, "go"), "");
        await Eventually.Holds(() => File.ReadAllText(work + ".log").ShouldBe("one\ntwo\n"));
        (await functions.GetAsync(job.Id)).Status.ShouldBe(JobStatus.Running);
        functions.Peers.Interleave(job.Id, "from the job itself\n");
        functions.Peers.Away = false;
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        functions.Peers.LogOf(job.Id).ShouldBe("one\nfrom the job itself\ntwo\n");
    }

    [Fact]
    public async Task Secrets_reach_the_job_and_nothing_else()
    {
        functions.Peers.Secrets["API_KEY"] = "s3cr3t-value";
        var job = await functions.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", "[ ${#API_KEY} = 12 ] && [ ${#MODE} = 9 ] && echo have $API_KEY"], Environment: new() { ["MODE"] = "very-fast" }, Secrets: ["API_KEY"]));
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        functions.Peers.LogOf(job.Id).ShouldBe("have ***\n");
        var history = await functions.Editor.GetStringAsync($"{functions.Jobs}/{job.Id}/history");
        history.ShouldContain("API_KEY");
        history.ShouldNotContain("s3cr3t");
        history.ShouldNotContain("very-fast");
    }

    [Theory]
    [InlineData("exit 0", JobStatus.Succeeded)]
    [InlineData("exit 1", JobStatus.Failed)]
    public async Task Secrets_as_files_are_the_jobs_own_and_gone_with_it(string last, JobStatus status)
    {
        functions.Peers.Secrets["PEM"] = "-----BEGIN-----\nabcdefgh\n-----END-----\n";
        var job = await functions.SubmitAsync(new SubmitJob(
            Command: ["sh", "-c", $"stat -c %a \"$PEM_FILE\"; cat \"$PEM_FILE\"; echo \"${{PEM-no variable}}\"; echo $PEM_FILE; {last}"])
        { SecretFiles = ["PEM"] });
        await functions.UntilAsync(job.Id, status);
        var lines = functions.Peers.LogOf(job.Id).Split('\n');
        lines[..5].ShouldBe(["400", "***", "***", "***", "no variable"]);
        lines[5].ShouldEndWith("/1.secrets/PEM");
        Directory.Exists(Path.GetDirectoryName(lines[5])).ShouldBeFalse();
        var history = await functions.Editor.GetStringAsync($"{functions.Jobs}/{job.Id}/history");
        history.ShouldContain("\"secretFiles\":[\"PEM\"]");
        history.ShouldNotContain("abcdefgh");
    }

    [Fact]
    public async Task The_identity_of_a_job_is_not_in_its_log()
    {
        var job = await functions.ShellAsync("env; echo \"$MESH_TOKEN\" >&2");
        await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        var log = functions.Peers.LogOf(job.Id);
        log.ShouldContain("MESH_TOKEN=***\n");
        // A JSON Web Token begins with its header: {"…
        log.ShouldNotContain("eyJ");
    }

    [Fact]
    public async Task New_jobs_start_at_once()
    {
        var job = await functions.ShellAsync("true");
        var ended = await functions.UntilAsync(job.Id, JobStatus.Succeeded);
        (ended.Attempts[0].StartedAt - ended.SubmittedAt).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }
}
