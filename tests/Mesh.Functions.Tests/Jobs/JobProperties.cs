using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Tests.Jobs;

/// <summary>What holds for every course that a job can take.</summary>
public sealed class JobProperties
{
    /// <summary>A step of a course: a command, or time that goes by.</summary>
    public sealed record Step(int Kind, int Attempt, int Worker, int Seconds, double Jitter)
    {
        internal JobCommand? Command()
        {
            var backOff = new BackOff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), Jitter);
            return Kind switch
            {
                0 or 1 => new JobCommand.Claim(Attempt, $"w{Worker}"),
                2 => new JobCommand.Succeed(Attempt),
                3 => new JobCommand.Fail(Attempt, "it failed", 1, backOff),
                4 => new JobCommand.TimeOut(Attempt, backOff),
                5 => new JobCommand.Release(Attempt),
                6 => new JobCommand.LoseLease(Attempt, null, backOff),
                7 => new JobCommand.Abort("ada", null),
                8 => new JobCommand.ConfirmAbort(Attempt),
                9 => new JobCommand.Advance(Attempt, AttemptState.Preparing),
                10 => new JobCommand.Advance(Attempt, AttemptState.Running),
                11 => new JobCommand.Expire(),
                _ => null,
            };
        }
    }

    /// <summary>Draws courses.</summary>
    public static class Courses
    {
        public static Arbitrary<Step[]> Steps() => Gen.Choose(0, 14).SelectMany(kind => Gen.Choose(0, 5).SelectMany(attempt => Gen.Choose(1, 2)
            .SelectMany(worker => Gen.Choose(0, 40).Select(seconds => new Step(kind, attempt, worker, seconds, seconds / 40.0))))).ArrayOf().ToArbitrary();
    }

    [Property(Arbitrary = [typeof(Courses)], MaxTest = 2000)]
    public void A_job_keeps_its_rules_whatever_comes(Step[] course, PositiveInt most)
    {
        var maxAttempts = 1 + (most.Get % 4);
        var scenario = JobScenario.Submitted(maxAttempts);
        var told = new List<JobEvent>();
        foreach (var step in course)
        {
            if (step.Command() is not { } command)
            {
                scenario.After(TimeSpan.FromSeconds(step.Seconds));
                continue;
            }

            var before = scenario.State!;
            var decision = scenario.When(command);
            told.AddRange(decision.Events);
            var after = scenario.State!;

            (decision.Rejected is null || decision.Events.Count == 0).ShouldBeTrue("a refusal changes nothing");
            if (before.HasEnded()) decision.Events.ShouldBeEmpty("an end is final");
            scenario.When(command).Events.ShouldBeEmpty("the same command at once adds nothing");
            after.CountedAttempts().ShouldBeLessThanOrEqualTo(maxAttempts);
            after.Attempts.Select(a => a.Number).ShouldBe(Enumerable.Range(1, after.Attempts.Count), "attempts are numbered without gaps");
            after.Attempts.SkipLast(1).ShouldAllBe(a => a.End != AttemptEnd.None, "at most the newest attempt is open");
            after.IsHeld().ShouldBe(after.Attempts is [.., { End: AttemptEnd.None }], "a held job has an open attempt, and no other has");
            (after.Status == JobStatus.Queued).ShouldBe(after.DueAt is not null);
            after.HasEnded().ShouldBe(after.EndedAt is not null);
        }

        told.OfType<JobEvent.AttemptAdvanced>().Select(a => (a.Attempt, a.State)).ShouldBeUnique();
        foreach (var attempt in AttemptList.Of(scenario.State!))
            attempt.Steps.Select(s => (int)s.State).ShouldBe(attempt.Steps.Select(s => (int)s.State).Order(), "an attempt goes forward only");
        told.OfType<JobEvent.Started>().Select(s => s.Attempt).ShouldBeUnique();
        told.Count(e => e is JobEvent.Succeeded or JobEvent.Failed or JobEvent.Aborted).ShouldBeLessThanOrEqualTo(1, "a job ends once");
    }

    [Property(MaxTest = 500)]
    public void The_back_off_lies_between_half_and_the_whole_of_its_step(PositiveInt attempt, NormalFloat draw)
    {
        var jitter = Math.Abs(draw.Get % 1);
        var wait = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), jitter).After(attempt.Get).TotalSeconds;
        var whole = Math.Min(60, Math.Pow(2, Math.Min(attempt.Get - 1, 30)));
        wait.ShouldBeInRange(whole / 2, whole);
    }
}
