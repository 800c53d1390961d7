using Mesh.Contracts.Functions;
using Mesh.Functions.Schedules;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Tests.Schedules;

public sealed class ScheduleDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private Schedule? _state;
    private DateTimeOffset _now = T0;

    [Fact]
    public void A_time_fires_once_and_the_next_one_is_known()
    {
        Define("*/10 * * * *");
        _state!.NextDueAt.ShouldBe(T0.AddMinutes(10));
        Fire().ShouldBeEmpty();
        _now = T0.AddMinutes(10);
        Fire().ShouldBe([new ScheduleEvent.Fired(_now, Job(_now), null, T0.AddMinutes(20), _now)]);
        Fire().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MisfirePolicy.Skip, 3, new int[0])]
    [InlineData(MisfirePolicy.FireOnce, 3, new[] { 50 })]
    [InlineData(MisfirePolicy.CatchUp, 3, new[] { 30, 40, 50 })]
    [InlineData(MisfirePolicy.CatchUp, 100, new[] { 10, 20, 30, 40, 50 })]
    public void Times_that_went_by_are_dealt_with_by_the_policy(MisfirePolicy misfire, int most, int[] minutes)
    {
        Define("*/10 * * * *", misfire, OverlapPolicy.Allow, most);
        _now = T0.AddMinutes(55);
        Fire().OfType<ScheduleEvent.Fired>().Select(f => (f.DueAt - T0).TotalMinutes).ShouldBe(minutes.Select(m => (double)m));
        _state!.NextDueAt.ShouldBe(T0.AddMinutes(60));
        Fire().ShouldBeEmpty();
    }

    [Fact]
    public void A_year_of_seconds_that_went_by_is_caught_up_without_counting_it_out()
    {
        Define("* * * * * *", MisfirePolicy.CatchUp, OverlapPolicy.Allow, 5);
        _now = T0.AddDays(365);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Fire().Count.ShouldBe(1 + 5 + 61, "what is left out, what is caught up, and what is within the grace");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void An_overlap_is_left_out_put_off_or_replaces()
    {
        Define("*/10 * * * *", overlap: OverlapPolicy.Skip);
        _now = T0.AddMinutes(10);
        Fire(lastRuns: true).ShouldBe([new ScheduleEvent.Skipped(_now, "the job of the time before had not ended", T0.AddMinutes(20), _now)]);

        Define("*/10 * * * *", overlap: OverlapPolicy.Queue);
        _now = T0.AddMinutes(20);
        Fire(lastRuns: true).ShouldHaveSingleItem().ShouldBeOfType<ScheduleEvent.PutOff>();
        _now = T0.AddMinutes(30);
        Fire(lastRuns: true).ShouldHaveSingleItem().ShouldBeOfType<ScheduleEvent.PutOff>();
        _now = T0.AddMinutes(32);
        Fire(lastRuns: true).ShouldBeEmpty();
        Fire().OfType<ScheduleEvent.Fired>().ShouldHaveSingleItem().DueAt.ShouldBe(T0.AddMinutes(20));
        Fire(lastRuns: true).ShouldBeEmpty();
        Fire().OfType<ScheduleEvent.Fired>().ShouldHaveSingleItem().DueAt.ShouldBe(T0.AddMinutes(30));
        (_state!.IsWaiting, _state.NextDueAt).ShouldBe((false, T0.AddMinutes(40)));

        Define("*/10 * * * *", overlap: OverlapPolicy.Replace);
        var last = _state.LastJobId;
        _now = T0.AddMinutes(40);
        Fire(lastRuns: true).OfType<ScheduleEvent.Fired>().ShouldHaveSingleItem().Replaces.ShouldBe(last);
        _now = T0.AddMinutes(50);
        Fire().OfType<ScheduleEvent.Fired>().ShouldHaveSingleItem().Replaces.ShouldBeNull();
    }

    [Fact]
    public void What_cannot_be_submitted_is_left_out_with_the_reason_and_the_schedule_goes_on()
    {
        Define("*/10 * * * *");
        _now = T0.AddMinutes(10);
        Apply(ScheduleDecider.Fire("p", _state, false, "There is no function 'f' in this project.", _ => false, _now)).ShouldHaveSingleItem()
            .ShouldBeOfType<ScheduleEvent.Skipped>().Reason.ShouldBe("There is no function 'f' in this project.");
        _now = T0.AddMinutes(20);
        Apply(ScheduleDecider.Fire("p", _state, false, null, id => id == Job(_now), _now)).ShouldHaveSingleItem()
            .ShouldBeOfType<ScheduleEvent.Skipped>().Reason.ShouldBe("the time has its job already");
        _state!.NextDueAt.ShouldBe(T0.AddMinutes(30));
    }

    [Fact]
    public void A_paused_schedule_stands_still_and_what_was_due_meanwhile_is_not_missed()
    {
        Define("*/10 * * * *", MisfirePolicy.CatchUp);
        Apply(ScheduleDecider.Pause("s", "ada", _state, _now));
        ScheduleDecider.Pause("s", "ada", _state, _now).Events.ShouldBeEmpty();
        _now = T0.AddMinutes(35);
        Fire().ShouldBeEmpty();
        Apply(ScheduleDecider.Resume("s", "ada", _state, _now));
        Fire().ShouldBeEmpty();
        _state!.NextDueAt.ShouldBe(T0.AddMinutes(40));
        Apply(ScheduleDecider.Delete("s", "ada", _state, _now));
        ScheduleDecider.Resume("s", "ada", _state, _now).Rejected!.Code.ShouldBe("schedule.unknown");
        Define("*/10 * * * *");
        (_state.Revision, _state.IsDeleted).ShouldBe((2, false));
    }

    [Fact]
    public void An_hour_that_a_clock_change_leaves_out_fires_at_the_change_and_one_that_comes_twice_fires_once()
    {
        // Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October 2026.
        Next("30 2 * * *", "2026-03-28T12:00:00Z", 2).ShouldBe([At("2026-03-29T01:00:00Z"), At("2026-03-30T00:30:00Z")]);
        Next("30 2 * * *", "2026-10-24T12:00:00Z", 2).ShouldBe([At("2026-10-25T00:30:00Z"), At("2026-10-26T01:30:00Z")]);
        Next("0 * * * *", "2026-10-24T23:30:00Z", 4).ShouldBe([At("2026-10-25T00:00:00Z"), At("2026-10-25T01:00:00Z"), At("2026-10-25T02:00:00Z"), At("2026-10-25T03:00:00Z")]);
        Next("0 9 * * *", "2026-03-28T00:00:00Z", 2).ShouldBe([At("2026-03-28T08:00:00Z"), At("2026-03-29T07:00:00Z")], "nine o'clock stays nine o'clock");
    }

    [Theory]
    [InlineData("* * *", "UTC", "schedule.cron")]
    [InlineData("61 * * * *", "UTC", "schedule.cron")]
    [InlineData("0 0 * * *", "Mars/Olympus", "schedule.time-zone")]
    public void What_is_no_time_is_refused(string cron, string zone, string code) =>
        ScheduleDecider.Define("s", new ScheduleTrigger(cron, zone, null, 0), Policy(), null, "ada", null, T0).Rejected!.Code.ShouldBe(code);

    [Fact]
    public void An_interval_counts_from_the_definition()
    {
        var trigger = new ScheduleTrigger(null, "UTC", 90, 0);
        trigger.After(T0, T0).ShouldBe(T0.AddSeconds(90));
        trigger.After(T0.AddSeconds(90), T0).ShouldBe(T0.AddSeconds(180));
        trigger.After(T0.AddSeconds(91), T0).ShouldBe(T0.AddSeconds(180));
        trigger.Between(T0.AddSeconds(90), T0.AddSeconds(271), T0).ShouldBe([T0.AddSeconds(90), T0.AddSeconds(180), T0.AddSeconds(270)]);
    }

    [Fact]
    public void Jitter_puts_a_time_off_by_a_part_of_it_that_is_always_the_same()
    {
        var trigger = new ScheduleTrigger("0 * * * *", "UTC", null, 600);
        var delays = Enumerable.Range(0, 50).Select(hour => (trigger.FireAt("s", T0.AddHours(hour)) - T0.AddHours(hour)).TotalSeconds).ToList();
        delays.ShouldAllBe(d => d >= 0 && d <= 600);
        delays.Distinct().Count().ShouldBeGreaterThan(40);
        trigger.FireAt("s", T0).ShouldBe(trigger.FireAt("s", T0));
        trigger.FireAt("other", T0).ShouldNotBe(trigger.FireAt("s", T0));
    }

    private static Guid Job(DateTimeOffset due) => ScheduleDecider.JobOf("p", "s", due);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static List<DateTimeOffset> Next(string cron, string from, int count)
    {
        var trigger = new ScheduleTrigger(cron, "Europe/Berlin", null, 0);
        return [.. trigger.Between(At(from), At(from).AddDays(30), T0).Take(count)];
    }

    private static SchedulePolicy Policy(MisfirePolicy misfire = MisfirePolicy.FireOnce, OverlapPolicy overlap = OverlapPolicy.Skip, int most = 10) =>
        new(misfire, 60, most, overlap);

    private void Define(string cron, MisfirePolicy misfire = MisfirePolicy.FireOnce, OverlapPolicy overlap = OverlapPolicy.Skip, int most = 10) =>
        Apply(ScheduleDecider.Define("s", new ScheduleTrigger(cron, "UTC", null, 0), Policy(misfire, overlap, most), null, "ada", _state, _now));

    private IReadOnlyList<ScheduleEvent> Fire(bool lastRuns = false) => Apply(ScheduleDecider.Fire("p", _state, lastRuns, null, _ => false, _now));

    private IReadOnlyList<ScheduleEvent> Apply(Decision<ScheduleEvent> decision)
    {
        decision.Rejected.ShouldBeNull();
        foreach (var e in decision.Events)
        {
            _state = e switch
            {
                ScheduleEvent.Defined x => _state?.Apply(x) ?? Schedule.Create(x),
                ScheduleEvent.Paused x => _state!.Apply(x),
                ScheduleEvent.Resumed x => _state!.Apply(x),
                ScheduleEvent.Deleted x => _state!.Apply(x),
                ScheduleEvent.Fired x => _state!.Apply(x),
                ScheduleEvent.PutOff x => _state!.Apply(x),
                ScheduleEvent.Skipped x => _state!.Apply(x),
                ScheduleEvent.Missed x => _state!.Apply(x),
                ScheduleEvent.Backfilled x => _state!.Apply(x),
                _ => throw new ArgumentOutOfRangeException(nameof(decision)),
            };
        }

        return decision.Events;
    }
}
