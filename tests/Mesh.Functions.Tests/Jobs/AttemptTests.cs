using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using static Mesh.Functions.Tests.Jobs.JobScenario;

namespace Mesh.Functions.Tests.Jobs;

/// <summary>The states of attempts, and the rules for the next one.</summary>
public sealed class AttemptTests
{
    [Fact]
    public void An_attempt_goes_through_its_states_and_keeps_the_time_of_each()
    {
        var scenario = Submitted().After(TimeSpan.FromSeconds(1)).Given(new JobCommand.Claim(1, "w1"));
        scenario.After(TimeSpan.FromSeconds(1)).Given(new JobCommand.Advance(1, AttemptState.Preparing));
        scenario.After(TimeSpan.FromSeconds(1)).Given(new JobCommand.Advance(1, AttemptState.Running));
        scenario.After(TimeSpan.FromSeconds(1)).Given(new JobCommand.Succeed(1, new AttemptReport(CpuSeconds: 1.5, PeakMemoryBytes: 4096, LogFrom: 0, LogTo: 12)));
        var attempt = AttemptList.Of(scenario.State!).ShouldHaveSingleItem();
        attempt.Steps.ShouldBe([
            new(AttemptState.Queued, T0), new(AttemptState.Scheduled, T0.AddSeconds(1)), new(AttemptState.Preparing, T0.AddSeconds(2)),
            new(AttemptState.Running, T0.AddSeconds(3)), new(AttemptState.Succeeded, T0.AddSeconds(4))]);
        (attempt.Worker, attempt.ExitCode, attempt.Usage, attempt.Log, attempt.CauseCode)
            .ShouldBe(("w1", 0, new AttemptUsage(1.5, 4096), new AttemptLog(0, 12), null));
    }

    [Fact]
    public void A_state_is_neither_left_out_nor_entered_again()
    {
        var scenario = Submitted().Given(new JobCommand.Claim(1, "w1"));
        var early = scenario.When(new JobCommand.Advance(1, AttemptState.Running)).Rejected!;
        (early.Code, early.Detail).ShouldBe(("attempt.transition", "Attempt 1 is scheduled and cannot become running."));
        scenario.When(new JobCommand.Succeed(1)).Rejected!.Detail.ShouldBe("Attempt 1 is scheduled and cannot become succeeded.");
        scenario.When(new JobCommand.Advance(1, AttemptState.Succeeded)).Rejected!.Code.ShouldBe("attempt.transition");
        scenario.Given(new JobCommand.Advance(1, AttemptState.Preparing)).When(new JobCommand.Advance(1, AttemptState.Preparing)).Events.ShouldBeEmpty();
        scenario.Given(new JobCommand.Advance(1, AttemptState.Running)).When(new JobCommand.Advance(1, AttemptState.Preparing)).Rejected!.Code.ShouldBe("attempt.transition");
        scenario.Given(new JobCommand.Succeed(1)).When(new JobCommand.Advance(1, AttemptState.Running)).Rejected!.Code.ShouldBe("job.lease-lost");
        scenario.When(new JobCommand.Advance(2, AttemptState.Preparing)).Rejected!.Code.ShouldBe("job.attempt-unknown");
    }

    [Fact]
    public void What_was_over_in_a_moment_is_told_with_its_end()
    {
        var job = Submitted().Given(new JobCommand.Claim(1, "w1")).State!;
        var end = new JobCommand.Succeed(1);
        JobCommand.Advance[] untold = [new(1, AttemptState.Preparing, T0.AddMilliseconds(980)), new(1, AttemptState.Running, T0.AddMilliseconds(990))];

        var decided = JobDecider.Decide(untold, end, job, T0.AddSeconds(1));

        decided.Events.ShouldBe([
            new JobEvent.AttemptAdvanced(1, AttemptState.Preparing, T0.AddMilliseconds(980)), new JobEvent.AttemptAdvanced(1, AttemptState.Running, T0.AddMilliseconds(990)),
            new JobEvent.Succeeded(1, T0.AddSeconds(1))]);
        JobDecider.Decide([], end, job, T0.AddSeconds(1)).Rejected!.Code.ShouldBe("attempt.transition", "nobody was told that it ran");
    }

    [Fact]
    public void What_can_no_longer_be_told_does_not_keep_the_end_from_being_told()
    {
        var scenario = Submitted().Given(new JobCommand.Claim(1, "w1"));
        JobCommand.Advance[] untold = [new(1, AttemptState.Preparing), new(1, AttemptState.Running)];

        var aborting = scenario.Given(new JobCommand.Abort("ada", null)).State!;
        JobDecider.Decide(untold, new JobCommand.Succeed(1), aborting, T0).Events.ShouldHaveSingleItem().ShouldBeOfType<JobEvent.Aborted>();
        var aborted = scenario.Given(new JobCommand.ConfirmAbort(1)).State!;
        JobDecider.Decide(untold, new JobCommand.Succeed(1), aborted, T0).Events.ShouldBeEmpty();
        JobDecider.Decide(untold, new JobCommand.Succeed(2), aborted, T0).Rejected!.Code.ShouldBe("job.attempt-unknown");
    }

    [Fact]
    public void What_runs_can_be_gone_on_with_by_another_worker_under_an_abort_too()
    {
        var scenario = Submitted().Given(new JobCommand.Claim(1, "w1")).Given(new JobCommand.Advance(1, AttemptState.Preparing));
        scenario.When(new JobCommand.Adopt(1, "w2")).Rejected!.Code.ShouldBe("attempt.transition", "nothing of it runs yet");
        scenario.Given(new JobCommand.Advance(1, AttemptState.Running)).Given(new JobCommand.Adopt(1, "w2"));
        AttemptList.Of(scenario.State!).ShouldHaveSingleItem().Worker.ShouldBe("w2");
        scenario.When(new JobCommand.Adopt(1, "w2")).Events.ShouldBeEmpty();
        scenario.When(new JobCommand.Adopt(2, "w2")).Rejected!.Code.ShouldBe("job.attempt-unknown");
        scenario.Given(new JobCommand.Abort("ada", null)).Given(new JobCommand.Adopt(1, "w3"));
        scenario.State!.Status.ShouldBe(JobStatus.Aborting);
        scenario.Given(new JobCommand.ConfirmAbort(1)).When(new JobCommand.Adopt(1, "w4")).Rejected!.Code.ShouldBe("job.lease-lost");
    }

    [Fact]
    public void Under_an_abort_nothing_is_begun()
    {
        var scenario = Submitted().Given(new JobCommand.Claim(1, "w1")).Given(new JobCommand.Abort("ada", null));
        scenario.When(new JobCommand.Advance(1, AttemptState.Preparing)).Rejected!.Code.ShouldBe("job.aborting");
    }

    [Fact]
    public void Every_attempt_keeps_its_own_end()
    {
        var scenario = Submitted(4).GivenRunning().Given(new JobCommand.Fail(
            1, "segfault (exit code 139, SIGSEGV)", 139, Wait, Report: new AttemptReport(CauseCode.Signal, 11, LogFrom: 0, LogTo: 5)));
        scenario.After(TimeSpan.FromMinutes(1)).GivenRunning(2, "w2").Given(new JobCommand.LoseLease(2, null, Wait));
        scenario.After(TimeSpan.FromMinutes(1)).GivenRunning(3, "w3").Given(new JobCommand.TimeOut(3, Wait, Report: new AttemptReport(LogFrom: 9, LogTo: 20)));
        var attempts = AttemptList.Of(scenario.State!);
        attempts.Select(a => a.State).ShouldBe([AttemptState.Failed, AttemptState.Lost, AttemptState.TimedOut, AttemptState.Queued]);
        attempts.Select(a => a.CauseCode).ShouldBe(["signal", "lost", "time-out", null]);
        attempts.Select(a => a.Worker).ShouldBe(["w1", "w2", "w3", null]);
        attempts[0].Signal.ShouldBe(11);
        attempts.Select(a => a.Log).ShouldBe([new(0, 5), new(5, 9), new(9, 20), null], "what a lost attempt wrote lies between its neighbours");
    }

    [Fact]
    public void A_job_that_is_aborted_in_the_queue_shows_the_attempt_that_never_began()
    {
        var attempt = AttemptList.Of(Submitted().After(TimeSpan.FromSeconds(3)).Given(new JobCommand.Abort("ada", "no need")).State!).ShouldHaveSingleItem();
        (attempt.Number, attempt.State, attempt.Worker, attempt.Cause).ShouldBe((1, AttemptState.Aborted, null, "no need"));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(7, false)]
    public void An_exit_code_that_is_ruled_out_is_not_tried_again(int code, bool again) =>
        Submitted(3, new JobPolicy(new RetryPolicy(NotExitCodes: [7]))).GivenRunning().When(new JobCommand.Fail(1, "x", code, Wait)).Events.ShouldHaveSingleItem()
            .ShouldBeOfType(again ? typeof(JobEvent.AttemptFailed) : typeof(JobEvent.Failed));

    [Theory]
    [InlineData(75, true)]
    [InlineData(1, false)]
    [InlineData(null, true)]
    public void Only_the_exit_codes_that_are_named_are_tried_again(int? code, bool again) =>
        Submitted(3, new JobPolicy(new RetryPolicy(OnlyExitCodes: [75]))).GivenRunning().When(new JobCommand.Fail(1, "x", code, Wait)).Events.ShouldHaveSingleItem()
            .ShouldBeOfType(again ? typeof(JobEvent.AttemptFailed) : typeof(JobEvent.Failed));

    [Fact]
    public void Only_the_ends_that_are_named_are_tried_again()
    {
        var policy = new JobPolicy(new RetryPolicy(On: [RetryClass.Lost]));
        Submitted(3, policy).GivenRunning().Given(new JobCommand.Fail(1, "x", 1, Wait)).State!.Status.ShouldBe(JobStatus.Failed);
        Submitted(3, policy).GivenRunning().Given(new JobCommand.TimeOut(1, Wait)).State!.Status.ShouldBe(JobStatus.Failed);
        Submitted(3, policy).GivenRunning().Given(new JobCommand.LoseLease(1, null, Wait)).State!.Status.ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public void A_job_says_how_long_to_wait()
    {
        var scenario = Submitted(4, new JobPolicy(new RetryPolicy(BackOff: new RetryWait(10, 40, 3, 0))));
        foreach (var (attempt, seconds) in ((int, int)[])[(1, 10), (2, 30), (3, 40)])
        {
            scenario.GivenRunning(attempt).Given(new JobCommand.Fail(attempt, "x", 1, Wait with { Jitter = 0.3 }));
            (scenario.State!.DueAt!.Value - scenario.Now).TotalSeconds.ShouldBe(seconds, 0.001);
            scenario.After(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void A_job_that_waits_too_long_fails_and_says_so()
    {
        var scenario = Submitted(3, new JobPolicy(Timeouts: new StateTimeouts(QueuedSeconds: 30))).After(TimeSpan.FromSeconds(29));
        scenario.When(new JobCommand.Expire()).Events.ShouldBeEmpty();
        scenario.GivenRunning().Given(new JobCommand.Fail(1, "x", 1, Wait)).After(TimeSpan.FromSeconds(31)).When(new JobCommand.Expire()).Events.ShouldBeEmpty("the back-off does not count");
        scenario.After(TimeSpan.FromSeconds(1)).Given(new JobCommand.Expire());
        (scenario.State!.Status, scenario.State.Cause).ShouldBe((JobStatus.Failed, "waited longer for a worker than its timeout of 30 s"));
        AttemptList.Of(scenario.State).Select(a => a.State).ShouldBe([AttemptState.Failed, AttemptState.TimedOut]);
    }

    [Fact]
    public void A_deadline_ends_the_whole_job_and_no_attempt_begins_that_it_would_cut()
    {
        var policy = new JobPolicy(DeadlineAt: T0.AddSeconds(60));
        var waiting = Submitted(3, policy).After(TimeSpan.FromSeconds(60)).Given(new JobCommand.Expire());
        waiting.State!.Cause.ShouldBe("had not ended by its deadline (2026-05-04T12:01:00Z)");
        var running = Submitted(3, policy).GivenRunning().After(TimeSpan.FromSeconds(60)).Given(new JobCommand.TimeOut(1, Wait, TimeLimit.Deadline));
        running.State!.Status.ShouldBe(JobStatus.Failed);
        AttemptList.Of(running.State).ShouldHaveSingleItem().CauseCode.ShouldBe("deadline");
        Submitted(3, policy).GivenRunning().After(TimeSpan.FromSeconds(58)).Given(new JobCommand.Fail(1, "x", 1, Wait)).State!.Status.ShouldBe(JobStatus.Failed);
        Submitted(3, policy).GivenRunning().After(TimeSpan.FromSeconds(57)).Given(new JobCommand.Fail(1, "x", 1, Wait)).State!.Status.ShouldBe(JobStatus.Queued);
    }
}
