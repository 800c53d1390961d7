using FsCheck.Xunit;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Tests.Drift;

public sealed class EventWindowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly WindowClock Clock = new(TimeSpan.FromSeconds(10));
    private static readonly EventWindow Window = new(Noon, Noon.AddMinutes(5));
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(30);

    [Property(MaxTest = 500)]
    public bool A_row_lies_in_its_window(long ticks, int seconds)
    {
        var time = Noon.AddTicks(ticks % TimeSpan.FromDays(40_000).Ticks);
        var length = 1 + Math.Abs(seconds % 2_592_000);
        var window = EventWindow.Of(time, length, DateTimeOffset.MinValue);
        return window.From <= time && time < window.To && window.To - window.From == TimeSpan.FromSeconds(length)
            && (window.From - DateTimeOffset.UnixEpoch).Ticks % TimeSpan.FromSeconds(length).Ticks == 0;
    }

    [Fact]
    public void A_window_never_begins_in_one_that_is_closed()
    {
        var window = EventWindow.Of(Noon.AddMinutes(7), 3600, Noon.AddMinutes(5));
        window.ShouldBe(new EventWindow(Noon.AddMinutes(5), Noon.AddHours(1)));
    }

    [Fact]
    public void Lateness_is_a_tenth_of_the_window_and_at_most_a_minute()
    {
        WindowClock.LatenessOf(1).ShouldBe(TimeSpan.FromMilliseconds(100));
        WindowClock.LatenessOf(300).ShouldBe(TimeSpan.FromSeconds(30));
        WindowClock.LatenessOf(86_400).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void It_closes_when_the_watermark_has_passed_it()
    {
        Clock.MayClose(Window, Lateness, Window.To + Lateness, Noon, Noon).ShouldBeTrue();
        Clock.MayClose(Window, Lateness, Window.To + Lateness - TimeSpan.FromTicks(1), Noon, Noon).ShouldBeFalse();
    }

    [Fact]
    public void A_quiet_window_of_live_traffic_waits_for_its_end_by_the_clock()
    {
        var newest = Noon.AddMinutes(1);
        Clock.MayClose(Window, Lateness, newest, lastArrival: newest, now: newest.AddMinutes(1)).ShouldBeFalse();
        Clock.MayClose(Window, Lateness, newest, lastArrival: newest, now: Window.To).ShouldBeTrue();
    }

    [Fact]
    public void A_quiet_window_of_replayed_traffic_closes_after_the_idle_timeout()
    {
        var now = Noon.AddDays(-3);
        Clock.MayClose(Window, Lateness, Noon.AddMinutes(1), lastArrival: now.AddSeconds(-9), now).ShouldBeFalse();
        Clock.MayClose(Window, Lateness, Noon.AddMinutes(1), lastArrival: now.AddSeconds(-10), now).ShouldBeTrue();
        Clock.MayClose(Window, Lateness, Noon.AddMinutes(1), lastArrival: Noon.AddDays(9), now: Noon.AddDays(9).AddSeconds(10)).ShouldBeTrue();
    }
}
