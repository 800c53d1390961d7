using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;
using static Mesh.Functions.Tests.Jobs.JobScenario;

namespace Mesh.Functions.Tests.Jobs;

public sealed class JobDeciderTests
{
    [Fact]
    public void A_submitted_job_is_queued_and_due_at_once()
    {
        var job = Submitted().State!;
        job.Status.ShouldBe(JobStatus.Queued);
        job.DueAt.ShouldBe(T0);
        job.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public void The_same_submission_with_its_key_adds_nothing_and_another_under_that_key_is_refused()
    {
        var scenario = new JobScenario().Given(Submit(fingerprint: "f1"));
        scenario.When(Submit(fingerprint: "f1")).Events.ShouldBeEmpty();
        scenario.When(Submit(fingerprint: "f2")).Rejected!.Code.ShouldBe("idempotency-key.reused");
    }

    [Fact]
    public void A_claim_starts_the_attempt_and_the_same_claim_again_adds_nothing()
    {
        var scenario = Submitted();
        scenario.When(new JobCommand.Claim(1, "w1")).Events.ShouldHaveSingleItem().ShouldBe(new JobEvent.Started(1, "w1", T0));
        scenario.When(new JobCommand.Claim(1, "w1")).ShouldBe(Mesh.Hosting.Decisions.Decision<JobEvent>.Nothing);
        scenario.When(new JobCommand.Claim(1, "w2")).Rejected!.Code.ShouldBe("job.taken");
    }

    [Fact]
    public void Success_ends_the_job_and_is_the_same_when_told_twice()
    {
        var scenario = Submitted().GivenRunning(1, "w1");
        scenario.When(new JobCommand.Succeed(1)).Events.ShouldHaveSingleItem().ShouldBe(new JobEvent.Succeeded(1, T0));
        scenario.When(new JobCommand.Succeed(1)).Events.ShouldBeEmpty();
        scenario.State!.Attempts[0].ExitCode.ShouldBe(0);
        scenario.State.EndedAt.ShouldBe(T0);
    }

    [Fact]
    public void A_failure_with_attempts_left_waits_for_the_back_off()
    {
        var scenario = Submitted(maxAttempts: 2).GivenRunning(1, "w1");
        scenario.When(new JobCommand.Fail(1, "boom (exit code 3)", 3, Wait)).Events.ShouldHaveSingleItem()
            .ShouldBe(new JobEvent.AttemptFailed(1, "boom (exit code 3)", 3, T0.AddSeconds(2), T0));
        scenario.State!.Status.ShouldBe(JobStatus.Queued);
        scenario.State.Cause.ShouldBe("boom (exit code 3)");
        scenario.When(new JobCommand.Claim(2, "w1")).Rejected!.Code.ShouldBe("job.not-due");
        scenario.After(TimeSpan.FromSeconds(2)).GivenRunning(2, "w1").State!.LastAttempt().ShouldBe(2);
    }

    [Fact]
    public void A_failure_that_could_only_come_again_fails_the_job_at_once() =>
        Submitted(maxAttempts: 3).GivenRunning(1, "w1").When(new JobCommand.Fail(1, "no such column", 2, Wait, IsFinal: true)).Events.ShouldHaveSingleItem()
            .ShouldBe(new JobEvent.Failed(1, "no such column", 2, T0));

    [Fact]
    public void The_last_failure_fails_the_job_with_its_cause()
    {
        var scenario = Submitted(maxAttempts: 1).GivenRunning(1, "w1").Given(new JobCommand.Fail(1, "boom", 1, Wait));
        scenario.State!.Status.ShouldBe(JobStatus.Failed);
        scenario.State.Cause.ShouldBe("boom");
        scenario.When(new JobCommand.Fail(1, "boom", 1, Wait)).Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 2)]
    [InlineData(2, 1, 4)]
    [InlineData(3, 0.5, 6)]
    [InlineData(20, 1, 300)]
    public void The_back_off_doubles_up_to_its_most_and_half_of_it_is_drawn(int attempt, double jitter, double seconds) =>
        (Wait with { Jitter = jitter }).After(attempt).TotalSeconds.ShouldBe(seconds, 0.001);

    [Fact]
    public void A_timeout_is_a_failure_that_names_the_limit()
    {
        var scenario = Submitted().GivenRunning(1, "w1").Given(new JobCommand.TimeOut(1, Wait));
        scenario.State!.Status.ShouldBe(JobStatus.Failed);
        scenario.State.Cause.ShouldBe("ran longer than its timeout of 60 s and was ended");
    }

    [Fact]
    public void An_abort_of_a_queued_job_is_immediate()
    {
        var scenario = Submitted();
        scenario.When(new JobCommand.Abort("ada", "not needed")).Events.Count.ShouldBe(2);
        scenario.State!.Status.ShouldBe(JobStatus.Aborted);
        scenario.State.Cause.ShouldBe("not needed");
        scenario.When(new JobCommand.Abort("ada", null)).Events.ShouldBeEmpty();
        scenario.When(new JobCommand.Claim(1, "w1")).Rejected!.Code.ShouldBe("job.taken");
    }

    [Fact]
    public void An_abort_of_a_running_job_waits_for_its_worker()
    {
        var scenario = Submitted(maxAttempts: 3).GivenRunning(1, "w1").Given(new JobCommand.Abort("ada", "enough"));
        scenario.State!.Status.ShouldBe(JobStatus.Aborting);
        scenario.When(new JobCommand.Abort("bob", "again")).Events.ShouldBeEmpty();
        scenario.When(new JobCommand.ConfirmAbort(1)).Events.ShouldHaveSingleItem().ShouldBe(new JobEvent.Aborted(1, "enough", T0));
        scenario.When(new JobCommand.ConfirmAbort(1)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_end_comes_under_an_abort_is_an_abort_and_never_another_attempt()
    {
        foreach (var end in new JobCommand[] { new JobCommand.Succeed(1), new JobCommand.Fail(1, "x", 1, Wait), new JobCommand.LoseLease(1, null, Wait), new JobCommand.Release(1) })
        {
            var scenario = Submitted(maxAttempts: 3).GivenRunning(1, "w1").Given(new JobCommand.Abort("ada", null)).Given(end);
            scenario.State!.Status.ShouldBe(JobStatus.Aborted);
        }
    }

    [Fact]
    public void An_ended_job_cannot_be_aborted()
    {
        var scenario = Submitted().GivenRunning(1, "w1").Given(new JobCommand.Succeed(1));
        scenario.When(new JobCommand.Abort("ada", null)).Rejected!.Code.ShouldBe("job.ended");
    }

    [Fact]
    public void A_lost_lease_is_retried_and_late_reports_of_it_are_refused()
    {
        var scenario = Submitted(maxAttempts: 2).GivenRunning(1, "w1").After(TimeSpan.FromSeconds(12));
        scenario.Given(new JobCommand.LoseLease(1, T0.AddSeconds(2), Wait));
        scenario.State!.Status.ShouldBe(JobStatus.Queued);
        scenario.State.Cause.ShouldBe("worker w1 lost its lease (no heartbeat since 2026-05-04T12:00:02Z)");
        foreach (var late in new JobCommand[] { new JobCommand.Succeed(1), new JobCommand.Fail(1, "x", 1, Wait), new JobCommand.TimeOut(1, Wait) })
            scenario.When(late).Rejected!.Code.ShouldBe("job.lease-lost");
        scenario.When(new JobCommand.LoseLease(1, null, Wait)).Events.ShouldBeEmpty();

        scenario.After(TimeSpan.FromSeconds(5)).GivenRunning(2, "w2");
        scenario.When(new JobCommand.Succeed(1)).Rejected!.Code.ShouldBe("job.lease-lost");
        scenario.Given(new JobCommand.Succeed(2)).State!.Status.ShouldBe(JobStatus.Succeeded);
    }

    [Fact]
    public void A_lost_lease_of_the_last_attempt_fails_the_job()
    {
        var scenario = Submitted().GivenRunning(1, "w1").Given(new JobCommand.LoseLease(1, T0, Wait));
        scenario.State!.Status.ShouldBe(JobStatus.Failed);
        scenario.State.Cause.ShouldBe("worker w1 lost its lease (no heartbeat since 2026-05-04T12:00:00Z)");
        scenario.State.Attempts[0].End.ShouldBe(AttemptEnd.LeaseLost);
        scenario.When(new JobCommand.LoseLease(1, T0, Wait)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_released_attempt_is_due_at_once_and_does_not_count()
    {
        var scenario = Submitted(maxAttempts: 1).GivenRunning(1, "w1").Given(new JobCommand.Release(1));
        scenario.State!.Status.ShouldBe(JobStatus.Queued);
        scenario.GivenRunning(2, "w2").State!.CountedAttempts().ShouldBe(1);
        scenario.Given(new JobCommand.Fail(2, "boom", 1, Wait)).State!.Status.ShouldBe(JobStatus.Failed);
    }

    [Fact]
    public void Nothing_can_be_said_of_a_job_or_an_attempt_that_is_not_there()
    {
        new JobScenario().When(new JobCommand.Abort("ada", null)).Rejected!.Code.ShouldBe("job.unknown");
        Submitted().When(new JobCommand.Succeed(1)).Rejected!.Code.ShouldBe("job.attempt-unknown");
    }
}
