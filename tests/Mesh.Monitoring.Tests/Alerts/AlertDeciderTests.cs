using System.Text.Json;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Monitoring.Alerts;

namespace Mesh.Monitoring.Tests.Alerts;

public sealed class AlertDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly AlertAction Retrain = new(new SubmitJob(Item: "auto-trainer", Params: new() { ["model"] = "{{model}}" }));
    private AlertRule? _state;
    private DateTimeOffset _now = T0;

    [Fact]
    public void A_matching_event_triggers_the_rule()
    {
        Defined();
        var e = Drift("tumours");
        React(e).ShouldHaveSingleItem().ShouldBeOfType<AlertEvent.Triggered>();
        _state!.PendingOn(e.Id).ShouldNotBeNull();
    }

    [Fact]
    public void Other_types_and_subjects_do_not()
    {
        Defined(subject: "tumours");
        React(Drift("another")).ShouldBeEmpty();
        React(Drift("tumours") with { Type = "drift.cleared" }).ShouldBeEmpty();
    }

    [Fact]
    public void The_same_event_again_triggers_nothing_more()
    {
        Defined();
        var e = Drift("tumours");
        React(e);
        React(e).ShouldBeEmpty();
        When(new AlertCommand.Complete(e.Id, Guid.CreateVersion7(), null)).Events.ShouldHaveSingleItem();
        When(new AlertCommand.Complete(e.Id, Guid.CreateVersion7(), null)).Events.ShouldBeEmpty();
        React(e).ShouldBeEmpty();
        _state!.Activations.ShouldBe(1);
    }

    [Fact]
    public void Within_the_cooldown_events_are_only_counted()
    {
        Defined(cooldown: 60);
        React(Drift("tumours"));
        _now = _now.AddSeconds(58);
        var second = Drift("tumours");
        React(second).ShouldHaveSingleItem().ShouldBeOfType<AlertEvent.Suppressed>();
        React(second).ShouldBeEmpty();
        _state!.Suppressed.ShouldBe(1);
        _now = _now.AddSeconds(5);
        React(Drift("tumours")).ShouldHaveSingleItem().ShouldBeOfType<AlertEvent.Triggered>();
    }

    [Fact]
    public void A_refused_job_is_an_activation_with_a_cause()
    {
        Defined();
        var e = Drift("tumours");
        React(e);
        var activated = When(new AlertCommand.Complete(e.Id, null, "There is no hub item 'x'.")).Events.ShouldHaveSingleItem().ShouldBeOfType<AlertEvent.Activated>();
        activated.ShouldBe(new AlertEvent.Activated("retrain", e.Id, "drift.detected", "tumours", null, "There is no hub item 'x'.", _now));
    }

    [Fact]
    public void A_rule_does_not_fire_on_its_own_jobs()
    {
        When(new AlertCommand.Define("again", new DefineAlertRule("job.failed", Retrain), "ada"));
        var job = Guid.CreateVersion7();
        var first = Event("job.failed", Guid.CreateVersion7().ToString(), "{}");
        React(first);
        When(new AlertCommand.Complete(first.Id, job, null));
        React(Event("job.failed", job.ToString(), "{}")).ShouldBeEmpty();
    }

    [Fact]
    public void A_rule_knows_its_jobs_by_their_tag_before_it_knows_their_ids()
    {
        When(new AlertCommand.Define("again", new DefineAlertRule("job.submitted", Retrain), "ada"));
        React(Event("job.submitted", Guid.CreateVersion7().ToString(), """{"tags":{"mesh.alert":"again"}}""")).ShouldBeEmpty();
        React(Event("job.submitted", Guid.CreateVersion7().ToString(), """{"tags":{"mesh.alert":"other"}}""")).ShouldHaveSingleItem();
    }

    [Fact]
    public void Defining_the_same_again_changes_nothing()
    {
        Defined();
        When(new AlertCommand.Define("retrain", new DefineAlertRule("drift.detected", new(new SubmitJob(Item: "auto-trainer", Params: new() { ["model"] = "{{model}}" }))), "bob"))
            .Events.ShouldBeEmpty();
    }

    [Fact]
    public void Defining_anew_keeps_what_the_rule_has_done()
    {
        Defined();
        var e = Drift("tumours");
        React(e);
        When(new AlertCommand.Complete(e.Id, null, "No."));
        When(new AlertCommand.Define("retrain", new DefineAlertRule("run.failed", Retrain), "bob"));
        _state!.EventType.ShouldBe("run.failed");
        _state.Activations.ShouldBe(1);
        _state.CreatedBy.ShouldBe("ada");
    }

    [Fact]
    public void A_removed_rule_is_gone_until_it_is_defined_again()
    {
        When(new AlertCommand.Remove("retrain")).Rejected!.Code.ShouldBe("alert.unknown");
        Defined();
        When(new AlertCommand.Remove("retrain")).Events.ShouldHaveSingleItem();
        React(Drift("tumours")).ShouldBeEmpty();
        When(new AlertCommand.Remove("retrain")).Rejected!.Code.ShouldBe("alert.unknown");
        Defined(by: "bob");
        _state!.CreatedBy.ShouldBe("bob");
        _state.IsRemoved.ShouldBeFalse();
    }

    [Fact]
    public void What_is_remembered_stays_small()
    {
        Defined();
        for (var i = 0; i < 1000; i++)
        {
            var e = Drift("tumours");
            React(e);
            When(new AlertCommand.Complete(e.Id, Guid.CreateVersion7(), null));
        }

        _state!.Recent.Count.ShouldBe(256);
        _state.Jobs.Count.ShouldBe(256);
        _state.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void Placeholders_are_filled_into_the_params()
    {
        var template = new SubmitJob(Item: "auto-trainer", Params: new() { ["all"] = "{{model}}/{{endpoint}}/{{subject}}/{{event}}/{{other}}/{", ["plain"] = "x" });
        var e = Event("drift.detected", "tumours", """{"endpoint":"tumours","model":"{{event}}"}""");
        var job = AlertJob.From(template, "retrain", e);
        job.Params!["all"].ShouldBe($"{{{{event}}}}/tumours/tumours/{e.Id}/{{{{other}}}}/{{");
        job.Params["plain"].ShouldBe("x");
        job.Tags![AlertJob.RuleTag].ShouldBe("retrain");
        template.Tags.ShouldBeNull();
    }

    [Fact]
    public void What_an_event_does_not_tell_is_filled_with_nothing() =>
        AlertJob.From(new SubmitJob(Item: "x", Params: new() { ["m"] = "[{{model}}]" }), "r", Event("run.failed", "1", "[]")).Params!["m"].ShouldBe("[]");

    private void Defined(string? subject = null, int cooldown = 0, string by = "ada") =>
        When(new AlertCommand.Define("retrain", new DefineAlertRule("drift.detected", Retrain, subject, cooldown), by));

    private IReadOnlyList<AlertEvent> React(MeshEvent e) => When(new AlertCommand.React(e)).Events;

    private static MeshEvent Drift(string endpoint) => Event("drift.detected", endpoint, $$"""{"endpoint":"{{endpoint}}","model":"cancer"}""");

    private static MeshEvent Event(string type, string subject, string data) => new()
    {
        Id = Guid.CreateVersion7(),
        Source = "/mesh/test",
        Type = type,
        Subject = subject,
        Time = T0,
        Project = "demo",
        StreamVersion = 1,
        Data = JsonSerializer.Deserialize<JsonElement>(data),
    };

    private Decision<AlertEvent> When(AlertCommand command)
    {
        _now = _now.AddSeconds(1);
        var decision = AlertDecider.Decide(command, _state, _now);
        foreach (var e in decision.Events) _state = Evolve(_state, e);
        return decision;
    }

    private static AlertRule Evolve(AlertRule? state, AlertEvent e) => (e, state) switch
    {
        (AlertEvent.Defined x, null) => AlertRule.Create(x),
        (AlertEvent.Defined x, { } s) => s.Apply(x),
        (AlertEvent.Triggered x, { } s) => s.Apply(x),
        (AlertEvent.Activated x, { } s) => s.Apply(x),
        (AlertEvent.Suppressed x, { } s) => s.Apply(x),
        (AlertEvent.Removed x, { } s) => s.Apply(x),
        _ => throw new InvalidOperationException($"{e} before the rule was defined"),
    };
}
