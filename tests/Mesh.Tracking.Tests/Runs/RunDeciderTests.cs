using Mesh.Contracts.Tracking;
using Mesh.Tracking.Runs;
using static Mesh.Tracking.Tests.Runs.Story;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunDeciderTests
{
    private static readonly RunCommand.Create Create = new(RunId, "fit", "wine", "script", null, None, None, "ada");

    [Fact]
    public void A_run_is_created_pending()
    {
        Given().When(Create).ShouldBe(Created);
        Given(Created)!.Status.ShouldBe(RunStatus.Pending);
    }

    [Fact]
    public void A_parent_that_does_not_exist_is_refused() =>
        Given().When(Create with { Parent = Guid.CreateVersion7(), ParentExists = false }).ShouldBeRefused("parent.unknown");

    [Fact]
    public void Creating_what_is_there_adds_nothing() => Given(Created).When(Create).ShouldBeNothing();

    [Fact]
    public void Creating_what_is_there_without_a_kind_adds_nothing() => Given(Created, Started()).When(Create with { Kind = null }).ShouldBeNothing();

    [Fact]
    public void Creating_another_run_under_the_same_id_is_refused()
    {
        Given(Created).When(Create with { Name = "other" }).ShouldBeRefused("run.exists");
        Given(Created).When(Create with { Params = new Dictionary<string, string> { ["lr"] = "1" } }).ShouldBeRefused("run.exists");
        Given(Created, new RunEvent.Deleted(Now)).When(Create).ShouldBeRefused("run.exists");
    }

    [Fact]
    public void The_same_idempotency_key_adds_nothing_and_with_another_body_is_refused()
    {
        var run = Given(Created with { Fingerprint = "a" });
        run.When(Create with { Fingerprint = "a" }).ShouldBeNothing();
        run.When(Create with { Fingerprint = "b" }).ShouldBeRefused("idempotency-key.reused");
    }

    [Fact]
    public void Nothing_happens_to_a_run_that_does_not_exist()
    {
        Given().When(new RunCommand.Start(1, "w1")).ShouldBeRefused("run.unknown");
        Given(Created, new RunEvent.Deleted(Now)).When(new RunCommand.Start(1, "w1")).ShouldBeRefused("run.unknown");
    }

    [Fact]
    public void A_worker_starts_a_run() => Given(Created).When(new RunCommand.Start(1, "w1")).ShouldBe(Started());

    [Fact]
    public void The_same_attempt_of_the_same_worker_adds_nothing() => Running().When(new RunCommand.Start(1, "w1")).ShouldBeNothing();

    [Fact]
    public void The_same_attempt_of_another_worker_is_refused() => Running().When(new RunCommand.Start(1, "w2")).ShouldBeRefused("run.lease-held");

    [Fact]
    public void A_lower_attempt_is_refused() => Running(3).When(new RunCommand.Start(2, "w2")).ShouldBeRefused("run.lease-lost");

    [Fact]
    public void A_higher_attempt_takes_the_lease()
    {
        Running().When(new RunCommand.Start(2, "w2")).ShouldBe(new RunEvent.AttemptLost(1, "Attempt 2 took over.", Now), Started(2, "w2"));
        Running(2, "w2").Attempt.ShouldBe(2);
    }

    [Fact]
    public void A_higher_attempt_after_a_failed_one_only_starts() =>
        Given(Created, Started(), new RunEvent.AttemptLost(1, "exit 1", Now)).When(new RunCommand.Start(2, "w2")).ShouldBe(Started(2, "w2"));

    [Fact]
    public void A_failed_attempt_is_told_once()
    {
        Running().When(new RunCommand.LoseAttempt(1, "exit 1")).ShouldBe(new RunEvent.AttemptLost(1, "exit 1", Now));
        Given(Created, Started(), new RunEvent.AttemptLost(1, "exit 1", Now)).When(new RunCommand.LoseAttempt(1, "exit 1")).ShouldBeNothing();
    }

    [Theory]
    [InlineData("complete"), InlineData("fail"), InlineData("abort"), InlineData("aborted"), InlineData("params")]
    public void A_report_of_a_lost_attempt_is_refused_with_both_attempts(string report)
    {
        var refused = Running(3).When(Report(report, 2)).Rejected.ShouldNotBeNull();
        refused.Code.ShouldBe("run.lease-lost");
        refused.Detail.ShouldContain("Attempt 2");
        refused.Detail.ShouldContain("attempt 3");
    }

    [Theory]
    [InlineData("complete"), InlineData("fail"), InlineData("abort"), InlineData("aborted"), InlineData("params")]
    public void A_report_of_an_attempt_that_never_started_is_refused(string report) =>
        Running(1).When(Report(report, 2)).ShouldBeRefused("run.attempt-unknown");

    [Fact]
    public void A_running_run_ends_well_or_badly()
    {
        Running().When(new RunCommand.Complete(1)).ShouldBe(Completed());
        Running().When(new RunCommand.Fail("boom", null)).ShouldBe(Failed());
    }

    [Fact]
    public void A_pending_run_cannot_end_but_by_abort()
    {
        Given(Created).When(new RunCommand.Complete(null)).ShouldBeRefused("run.not-started");
        Given(Created).When(new RunCommand.Fail("boom", null)).ShouldBeRefused("run.not-started");
        Given(Created).When(new RunCommand.RequestAbort("no need", null)).ShouldBe(new RunEvent.AbortRequested("no need", Now), Aborted("no need"));
    }

    [Fact]
    public void The_same_end_again_adds_nothing_and_another_is_refused()
    {
        Given(Created, Started(), Completed()).When(new RunCommand.Complete(1)).ShouldBeNothing();
        Given(Created, Started(), Completed()).When(new RunCommand.Fail("late", 1)).ShouldBeRefused("run.closed");
        Given(Created, Started(), Failed()).When(new RunCommand.Fail("again", 1)).ShouldBeNothing();
        Given(Created, Started(), Failed()).When(new RunCommand.Complete(1)).ShouldBeRefused("run.closed");
        Given(Created, Started(), Completed()).When(new RunCommand.Start(2, "w2")).ShouldBeRefused("run.closed");
        Given(Created, Started(), Completed()).When(new RunCommand.RequestAbort(null, null)).ShouldBeRefused("run.closed");
    }

    [Fact]
    public void A_late_report_of_a_lost_attempt_says_so_even_after_the_end() =>
        Given(Created, Started(2, "w2"), Completed(2)).When(new RunCommand.Complete(1)).ShouldBeRefused("run.lease-lost");

    [Fact]
    public void An_abort_is_asked_for_and_confirmed()
    {
        var requested = new RunEvent.AbortRequested("too slow", Now);
        Running().When(new RunCommand.RequestAbort("too slow", null)).ShouldBe(requested);
        Given(Created, Started(), requested)!.Status.ShouldBe(RunStatus.Aborting);
        Given(Created, Started(), requested).When(new RunCommand.RequestAbort("again", null)).ShouldBeNothing();
        Given(Created, Started(), requested).When(new RunCommand.ConfirmAbort(null, 1)).ShouldBe(Aborted("too slow"));
        Given(Created, Started(), requested, Aborted()).When(new RunCommand.ConfirmAbort(null, 1)).ShouldBeNothing();
        Given(Created, Started(), requested).When(new RunCommand.Start(2, "w2")).ShouldBeRefused("run.aborting");
    }

    [Fact]
    public void An_abort_that_nobody_asked_for_is_not_confirmed() => Running().When(new RunCommand.ConfirmAbort(null, 1)).ShouldBeRefused("run.not-aborting");

    [Fact]
    public void Work_that_ended_while_an_abort_was_under_way_counts() =>
        Given(Created, Started(), new RunEvent.AbortRequested(null, Now)).When(new RunCommand.Complete(1)).ShouldBe(Completed());

    [Fact]
    public void A_param_is_written_once()
    {
        var logged = new RunEvent.ParamsLogged(new Dictionary<string, string> { ["lr"] = "0.1" }, Now);
        var run = Given(Created, Started(), logged);
        run.When(new RunCommand.LogParams(new Dictionary<string, string> { ["lr"] = "0.1" }, null)).ShouldBeNothing();
        var both = run.When(new RunCommand.LogParams(new Dictionary<string, string> { ["depth"] = "3", ["lr"] = "0.2" }, null));
        both.ShouldBeRefused("param.immutable");
        both.Rejected!.Field.ShouldBe("params.lr");
        var added = run.When(new RunCommand.LogParams(new Dictionary<string, string> { ["depth"] = "3", ["lr"] = "0.1" }, null));
        added.Events.ShouldHaveSingleItem().ShouldBeOfType<RunEvent.ParamsLogged>().Params.ShouldHaveSingleItem().Key.ShouldBe("depth");
    }

    [Fact]
    public void A_run_holds_a_limited_number_of_params_and_tags()
    {
        var many = Enumerable.Range(0, RunDecider.MaxParams + 1).ToDictionary(i => $"p{i}", i => "x");
        Running().When(new RunCommand.LogParams(many, null)).ShouldBeRefused("params.too-many");
        Running().When(new RunCommand.SetTags(many)).ShouldBeRefused("tags.too-many");
    }

    [Fact]
    public void Params_and_tags_together_have_a_limit()
    {
        var value = new string('x', RunDecider.MaxText / 2 - 1);
        var half = new Dictionary<string, string> { ["a"] = value };
        var run = Given(Created with { Params = half }, Started())!;
        run.When(new RunCommand.SetTags(new Dictionary<string, string> { ["b"] = value })).Rejected.ShouldBeNull();
        run.When(new RunCommand.SetTags(new Dictionary<string, string> { ["b"] = value + "x" })).ShouldBeRefused("tags.too-long");
        run.When(new RunCommand.LogParams(new Dictionary<string, string> { ["b"] = value + "x" }, 1)).ShouldBeRefused("params.too-long");
        RunDecider.Decide(new RunCommand.Create(RunId, "fit", "wine", null, null, half, new Dictionary<string, string> { ["bc"] = value }, "ada"), null, Now)
            .ShouldBeRefused("params.too-long");
    }

    [Theory]
    [InlineData("complete"), InlineData("fail"), InlineData("abort"), InlineData("aborted"), InlineData("params")]
    public void A_lost_attempt_is_refused_before_the_next_one_starts(string report)
    {
        var refused = Given(Created, Started(), new RunEvent.AttemptLost(1, "The worker was silent for 30 s.", Now)).When(Report(report, 1));
        refused.ShouldBeRefused("run.lease-lost");
        refused.Rejected!.Detail.ShouldContain("The worker was silent for 30 s.");
        refused.Rejected.Field.ShouldBe("attempt");
    }

    [Fact]
    public void A_lost_attempt_does_not_start_again()
    {
        var lost = Given(Created, Started(), new RunEvent.AttemptLost(1, "exit 1", Now));
        lost.When(new RunCommand.Start(1, "w1")).ShouldBeRefused("run.lease-lost");
        var next = lost!.Apply(Started(2, "w2"));
        next.When(new RunCommand.Complete(2)).ShouldBe(Completed(2));
        next.When(new RunCommand.Complete(1)).Rejected!.Detail.ShouldContain("attempt 2 holds the run");
    }

    [Fact]
    public void What_is_reported_without_an_attempt_counts_after_a_loss() =>
        Given(Created, Started(), new RunEvent.AttemptLost(1, "exit 1", Now)).When(new RunCommand.Fail("boom", null)).ShouldBe(Failed());

    [Fact]
    public void A_lost_attempt_logs_no_points_but_what_its_process_printed()
    {
        var life = Given(Created, Started(), new RunEvent.AttemptLost(1, "exit 1", Now))!.Life;
        RunDecider.RefuseSamples(life, 1, afterEnd: false).ShouldNotBeNull().Code.ShouldBe("run.lease-lost");
        RunDecider.RefuseSamples(life, null, afterEnd: false).ShouldBeNull();
        RunDecider.RefuseSamples(life, 1, afterEnd: true).ShouldBeNull();
    }

    [Fact]
    public void Tags_are_set_changed_and_removed()
    {
        var run = Given(Created with { Tags = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } }, Started());
        var set = run.When(new RunCommand.SetTags(new Dictionary<string, string> { ["a"] = "1", ["b"] = "", ["c"] = "3", ["d"] = "" }))
            .Events.ShouldHaveSingleItem().ShouldBeOfType<RunEvent.TagsSet>();
        set.Set.ShouldBe(new Dictionary<string, string> { ["c"] = "3" });
        set.Removed.ShouldBe(["b"]);
        run!.Apply(set).Tags.ShouldBe(new Dictionary<string, string> { ["a"] = "1", ["c"] = "3" }, ignoreOrder: true);
        run.When(new RunCommand.SetTags(new Dictionary<string, string> { ["a"] = "1", ["x"] = "" })).ShouldBeNothing();
    }

    [Fact]
    public void A_run_that_ended_takes_no_more_params_tags_and_points()
    {
        var ended = Given(Created, Started(), Completed());
        ended.When(new RunCommand.LogParams(new Dictionary<string, string> { ["lr"] = "1" }, 1)).ShouldBeRefused("run.closed");
        ended.When(new RunCommand.SetTags(new Dictionary<string, string> { ["best"] = "yes" })).ShouldBeRefused("run.closed");
        RunDecider.RefuseSamples(ended!.Life, 1, afterEnd: false).ShouldNotBeNull().Code.ShouldBe("run.closed");
        RunDecider.RefuseSamples(ended.Life, 1, afterEnd: true).ShouldBeNull();
        RunDecider.RefuseSamples(Running(2).Life, 1, afterEnd: true).ShouldNotBeNull().Code.ShouldBe("run.lease-lost");
        RunDecider.RefuseSamples(Running(2).Life, 2, afterEnd: false).ShouldBeNull();
        RunDecider.RefuseSamples(null, null, afterEnd: true).ShouldNotBeNull().Code.ShouldBe("run.unknown");
    }

    [Fact]
    public void A_run_at_work_is_not_deleted()
    {
        Running().When(new RunCommand.Delete()).ShouldBeRefused("run.active");
        Given(Created).When(new RunCommand.Delete()).ShouldBe(new RunEvent.Deleted(Now));
        Given(Created, Started(), Completed()).When(new RunCommand.Delete()).ShouldBe(new RunEvent.Deleted(Now));
        Given(Created, new RunEvent.Deleted(Now)).When(new RunCommand.Delete()).ShouldBeNothing();
    }

    private static RunCommand Report(string report, int attempt) => report switch
    {
        "complete" => new RunCommand.Complete(attempt),
        "fail" => new RunCommand.Fail("boom", attempt),
        "abort" => new RunCommand.RequestAbort(null, attempt),
        "aborted" => new RunCommand.ConfirmAbort(null, attempt),
        _ => new RunCommand.LogParams(new Dictionary<string, string> { ["lr"] = "1" }, attempt),
    };
}
