using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Monitoring.Monitors;

namespace Mesh.Monitoring.Tests.Monitors;

public sealed class MonitorDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly ConfigureMonitor Settings = new(WindowSeconds: 60, MinRows: 10, WindowsToDetect: 2, WindowsToClear: 2);
    private readonly List<MonitorEvent> _events = [];
    private EndpointMonitor? _state;
    private DateTimeOffset _now = T0;
    private int _window;

    [Fact]
    public void A_deployed_endpoint_gets_a_monitor_with_the_defaults()
    {
        When(new MonitorCommand.Deploy("tumours", "cancer", T0));
        _state!.Settings.ShouldBe(new ConfigureMonitor());
        _state.Status.ShouldBe(DriftStatus.Unknown);
        _state.ModelVersion.ShouldBe(0);
    }

    [Fact]
    public void Deploying_again_leaves_the_settings_alone()
    {
        Deployed();
        When(new MonitorCommand.Deploy("tumours", "cancer", _now)).Events.ShouldBeEmpty();
        _state!.Settings.ShouldBe(Settings);
    }

    [Fact]
    public void Another_model_is_another_reference()
    {
        Deployed();
        When(new MonitorCommand.Deploy("tumours", "other", _now)).Events.ShouldHaveSingleItem().ShouldBeOfType<MonitorEvent.ReferenceChanged>();
        _state!.Model.ShouldBe("other");
        _state.ModelVersion.ShouldBe(0);
    }

    [Fact]
    public void The_same_settings_again_change_nothing()
    {
        Deployed();
        When(new MonitorCommand.Configure("tumours", null, Settings)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void An_endpoint_that_nobody_knows_has_no_monitor() =>
        When(new MonitorCommand.Configure("nowhere", null, Settings)).Rejected!.Code.ShouldBe("monitor.unknown");

    [Fact]
    public void An_endpoint_that_serving_knows_gets_its_monitor_before_the_news_of_it()
    {
        When(new MonitorCommand.Configure("tumours", "cancer", Settings)).Rejected.ShouldBeNull();
        When(new MonitorCommand.Deploy("tumours", "cancer", T0)).Events.ShouldBeEmpty();
        _state!.Settings.ShouldBe(Settings);
    }

    [Fact]
    public void Drift_needs_as_many_windows_in_a_row_as_are_set()
    {
        Deployed();
        Close(drifted: true);
        _state!.Status.ShouldBe(DriftStatus.Suspected);
        Close(drifted: false);
        _state.Status.ShouldBe(DriftStatus.Stable);
        Close(drifted: true);
        Close(drifted: true).OfType<MonitorEvent.DriftDetected>().ShouldHaveSingleItem().Features.ShouldHaveSingleItem().Feature.ShouldBe("size");
        _state.Status.ShouldBe(DriftStatus.Drifted);
        _state.ConsecutiveDrifted.ShouldBe(2);
    }

    [Fact]
    public void Drift_that_goes_on_is_not_detected_again()
    {
        Drifted();
        Close(drifted: true).ShouldHaveSingleItem().ShouldBeOfType<MonitorEvent.WindowClosed>();
        Close(drifted: true).ShouldHaveSingleItem().ShouldBeOfType<MonitorEvent.WindowClosed>();
    }

    [Fact]
    public void Drift_is_cleared_by_as_many_clean_windows_as_are_set()
    {
        Drifted();
        Close(drifted: false).ShouldHaveSingleItem();
        _state!.Status.ShouldBe(DriftStatus.Drifted);
        Close(drifted: true);
        Close(drifted: false);
        Close(drifted: false).OfType<MonitorEvent.DriftCleared>().ShouldHaveSingleItem();
        _state.Status.ShouldBe(DriftStatus.Stable);
    }

    [Fact]
    public void A_window_with_too_few_rows_says_nothing()
    {
        Deployed();
        Close(drifted: true);
        var closed = Close(drifted: true, rows: 9).ShouldHaveSingleItem().ShouldBeOfType<MonitorEvent.WindowClosed>();
        closed.Judged.ShouldBeFalse();
        closed.Window.Features.ShouldBeEmpty();
        _state!.Status.ShouldBe(DriftStatus.Suspected);
        _state.ConsecutiveDrifted.ShouldBe(1);
        Close(drifted: true).OfType<MonitorEvent.DriftDetected>().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_window_counts_once_however_often_it_is_closed()
    {
        Deployed();
        Close(drifted: true);
        _window--;
        Close(drifted: true).ShouldBeEmpty();
        _window--;
        Close(drifted: false).ShouldBeEmpty();
        _state!.ConsecutiveDrifted.ShouldBe(1);
    }

    [Fact]
    public void A_window_of_another_version_is_ignored()
    {
        Deployed();
        When(new MonitorCommand.CloseWindow("cancer", Window(true, 100) with { ModelVersion = 7 }, true)).Events.ShouldBeEmpty();
        When(new MonitorCommand.CloseWindow("other", Window(true, 100), true)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_new_version_begins_anew_and_ends_the_drift()
    {
        Drifted();
        var events = When(new MonitorCommand.Serve("tumours", "cancer", 2, _now)).Events;
        events[0].ShouldBeOfType<MonitorEvent.DriftCleared>().ModelVersion.ShouldBe(2);
        events[1].ShouldBeOfType<MonitorEvent.ReferenceChanged>();
        _state!.Status.ShouldBe(DriftStatus.Unknown);
        _state.ConsecutiveDrifted.ShouldBe(0);
        _state.LastWindow.ShouldBeNull();
    }

    [Fact]
    public void A_version_that_comes_back_goes_on_where_its_windows_ended()
    {
        Deployed();
        Close(drifted: false);
        var through = _state!.ClosedThroughNow();
        When(new MonitorCommand.Serve("tumours", "cancer", 2, _now));
        _state.ClosedThroughNow().ShouldBe(DateTimeOffset.MinValue);
        When(new MonitorCommand.Serve("tumours", "cancer", 1, _now));
        _state.ClosedThroughNow().ShouldBe(through);
    }

    [Fact]
    public void Late_news_of_an_older_version_is_ignored()
    {
        Deployed();
        When(new MonitorCommand.Serve("tumours", "cancer", 2, _now.AddMinutes(1)));
        When(new MonitorCommand.Serve("tumours", "cancer", 1, _now)).Events.ShouldBeEmpty();
        _state!.ModelVersion.ShouldBe(2);
    }

    [Fact]
    public void What_the_rows_say_about_the_version_gives_way_to_the_news()
    {
        When(new MonitorCommand.Deploy("tumours", "cancer", T0));
        When(new MonitorCommand.Serve("tumours", "cancer", 3, DateTimeOffset.MinValue));
        _state!.ModelVersion.ShouldBe(3);
        When(new MonitorCommand.Serve("tumours", "cancer", 4, T0)).Events.ShouldHaveSingleItem();
        _state.ModelVersion.ShouldBe(4);
    }

    [Fact]
    public void Nothing_happens_to_a_removed_monitor_until_the_endpoint_comes_back()
    {
        Drifted();
        When(new MonitorCommand.Remove()).Events.Count.ShouldBe(2);
        When(new MonitorCommand.Remove()).Events.ShouldBeEmpty();
        When(new MonitorCommand.Serve("tumours", "cancer", 5, _now)).Events.ShouldBeEmpty();
        Close(drifted: true).ShouldBeEmpty();
        When(new MonitorCommand.Deploy("tumours", "cancer", _now));
        _state!.IsRemoved.ShouldBeFalse();
        _state.Settings.ShouldBe(new ConfigureMonitor());
        _state.ClosedThrough.Keys.ShouldContain("cancer:1");
    }

    [Fact]
    public void References_of_the_past_are_forgotten_at_last()
    {
        Deployed();
        for (var version = 2; version < 100; version++)
        {
            When(new MonitorCommand.Serve("tumours", "cancer", version, _now));
            Close(drifted: false);
        }

        _state!.ClosedThrough.Count.ShouldBe(32);
        _state.ClosedThrough.Keys.ShouldContain("cancer:99");
    }

    private void Deployed()
    {
        When(new MonitorCommand.Deploy("tumours", "cancer", T0));
        When(new MonitorCommand.Configure("tumours", null, Settings));
        When(new MonitorCommand.Serve("tumours", "cancer", 1, _now));
    }

    private void Drifted()
    {
        Deployed();
        Close(drifted: true);
        Close(drifted: true);
        _state!.Status.ShouldBe(DriftStatus.Drifted);
    }

    private IReadOnlyList<MonitorEvent> Close(bool drifted, long rows = 100)
    {
        var window = Window(drifted, rows) with { ModelVersion = Math.Max(1, _state!.ModelVersion) };
        _window++;
        return When(new MonitorCommand.CloseWindow("cancer", window, true)).Events;
    }

    private DriftWindow Window(bool drifted, long rows) =>
        new(T0.AddMinutes(_window), T0.AddMinutes(_window + 1), rows, 1, drifted, [new("size", drifted ? 1 : 0, drifted ? 1 : 0, drifted), new("weight", 0, 0, false)]);

    private Decision<MonitorEvent> When(MonitorCommand command)
    {
        _now = _now.AddSeconds(1);
        var decision = MonitorDecider.Decide(command, _state, _now);
        foreach (var e in decision.Events)
        {
            _events.Add(e);
            _state = Evolve(_state, e);
        }

        return decision;
    }

    private static EndpointMonitor Evolve(EndpointMonitor? state, MonitorEvent e) => (e, state) switch
    {
        (MonitorEvent.Created created, null) => EndpointMonitor.Create(created),
        (MonitorEvent.Created x, { } s) => s.Apply(x),
        (MonitorEvent.Configured x, { } s) => s.Apply(x),
        (MonitorEvent.ReferenceChanged x, { } s) => s.Apply(x),
        (MonitorEvent.WindowClosed x, { } s) => s.Apply(x),
        (MonitorEvent.DriftDetected x, { } s) => s.Apply(x),
        (MonitorEvent.DriftCleared x, { } s) => s.Apply(x),
        (MonitorEvent.Removed x, { } s) => s.Apply(x),
        _ => throw new InvalidOperationException($"{e} before the monitor was created"),
    };
}
