using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Tests.Webhooks;

public sealed class WebhookDeciderTests
{
    private const string Url = "https://example.com/hook";
    private static readonly DateTimeOffset T0 = new(2026, 5, 23, 12, 0, 0, TimeSpan.Zero);
    private Webhook? _state;
    private DateTimeOffset _now = T0;

    [Fact]
    public void A_new_webhook_is_defined()
    {
        Define(new(Url, ["run.*"], "tumours", "for CI")).ShouldHaveSingleItem().ShouldBeOfType<WebhookEvent.Defined>();
        _state.ShouldBe(new Webhook("webhook-ci", "ci", Url, _state!.Types, "tumours", "for CI", false, null, null, T0, "ada", T0, false));
        _state.Types.ShouldBe(["run.*"]);
    }

    [Fact]
    public void A_new_webhook_may_be_paused_from_the_beginning()
    {
        Define(new(Url, Paused: true)).Count.ShouldBe(2);
        _state!.IsPaused.ShouldBeTrue();
        _state.PauseCause.ShouldBeNull();
    }

    [Fact]
    public void Defining_the_same_again_changes_nothing()
    {
        Define(new(Url, ["run.*"]));
        Define(new(Url, ["run.*"]), "bob").ShouldBeEmpty();
    }

    [Fact]
    public void Defining_it_anew_keeps_who_made_it_and_its_secret()
    {
        Define(new(Url));
        _now = T0.AddHours(1);
        Define(new("https://example.com/other", ["drift.*"]), "bob").ShouldHaveSingleItem();
        _state!.Url.ShouldBe("https://example.com/other");
        (_state.CreatedBy, _state.SecretSince).ShouldBe(("ada", T0));
    }

    [Fact]
    public void It_is_paused_and_resumed_by_its_definition()
    {
        Define(new(Url));
        Define(new(Url, Paused: true)).ShouldHaveSingleItem().ShouldBe(new WebhookEvent.Paused("ci", null, "ada", _now));
        Define(new(Url, Paused: true)).ShouldBeEmpty();
        Define(new(Url)).ShouldHaveSingleItem().ShouldBe(new WebhookEvent.Resumed("ada", _now));
        _state!.PausedAt.ShouldBeNull();
    }

    [Fact]
    public void It_is_paused_with_a_cause_when_its_receiver_is_gone()
    {
        Define(new(Url));
        GiveUp(Url).ShouldHaveSingleItem().ShouldBe(new WebhookEvent.Paused("ci", "Gone.", "service:monitoring", _now));
        _state!.PauseCause.ShouldBe("Gone.");
        GiveUp(Url).ShouldBeEmpty();
        Define(new(Url)).ShouldHaveSingleItem().ShouldBeOfType<WebhookEvent.Resumed>();
        _state.PauseCause.ShouldBeNull();
    }

    [Fact]
    public void What_another_receiver_did_says_nothing()
    {
        Define(new("https://example.com/other"));
        GiveUp(Url).ShouldBeEmpty();
    }

    [Fact]
    public void A_project_has_so_many_and_no_more()
    {
        When(new WebhookCommand.Define("ci", new(Url), "ada", WebhookDecider.MostWebhooks)).Rejected!.Code.ShouldBe("webhook.too-many");
        When(new WebhookCommand.Define("ci", new(Url), "ada", WebhookDecider.MostWebhooks - 1)).Events.ShouldHaveSingleItem();
        // One that is there can be changed.
        When(new WebhookCommand.Define("ci", new(Url, ["run.*"]), "ada", WebhookDecider.MostWebhooks)).Events.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_secret_is_replaced()
    {
        Define(new(Url));
        _now = T0.AddHours(1);
        When(new WebhookCommand.Rotate("ci", "bob")).Events.ShouldHaveSingleItem().ShouldBe(new WebhookEvent.SecretRotated("bob", _now));
        _state!.SecretSince.ShouldBe(_now);
    }

    [Fact]
    public void It_is_replayed_from_any_position_that_there_is()
    {
        Define(new(Url));
        When(new WebhookCommand.Replay("ci", 8, 7, "ada")).Rejected!.Code.ShouldBe("webhook.after-unknown");
        When(new WebhookCommand.Replay("ci", 7, 7, "ada")).Events.ShouldHaveSingleItem();
        When(new WebhookCommand.Replay("ci", 0, 7, "ada")).Events.ShouldHaveSingleItem().ShouldBe(new WebhookEvent.Replayed(0, "ada", _now));
    }

    [Fact]
    public void A_removed_one_is_gone_until_it_is_defined_again()
    {
        When(new WebhookCommand.Remove("ci", "ada")).Rejected!.Code.ShouldBe("webhook.unknown");
        Define(new(Url, Paused: true));
        When(new WebhookCommand.Remove("ci", "ada")).Events.ShouldHaveSingleItem();
        When(new WebhookCommand.Remove("ci", "ada")).Rejected!.Code.ShouldBe("webhook.unknown");
        When(new WebhookCommand.Rotate("ci", "ada")).Rejected!.Code.ShouldBe("webhook.unknown");
        When(new WebhookCommand.Replay("ci", 0, 7, "ada")).Rejected!.Code.ShouldBe("webhook.unknown");
        GiveUp(Url).ShouldBeEmpty();
        _now = T0.AddHours(1);
        Define(new(Url), "bob").ShouldHaveSingleItem();
        (_state!.CreatedBy, _state.SecretSince, _state.IsPaused, _state.IsRemoved).ShouldBe(("bob", _now, false, false));
    }

    private IReadOnlyList<WebhookEvent> Define(DefineWebhook body, string by = "ada") => When(new WebhookCommand.Define("ci", body, by)).Events;

    private IReadOnlyList<WebhookEvent> GiveUp(string url) => When(new WebhookCommand.GiveUp(url, "Gone.", "service:monitoring")).Events;

    private Decision<WebhookEvent> When(WebhookCommand command)
    {
        var decision = WebhookDecider.Decide(command, _state, _now);
        foreach (var e in decision.Events)
        {
            _state = e switch
            {
                WebhookEvent.Defined x => _state?.Apply(x) ?? Webhook.Create(x),
                WebhookEvent.Paused x => _state!.Apply(x),
                WebhookEvent.Resumed x => _state!.Apply(x),
                WebhookEvent.SecretRotated x => _state!.Apply(x),
                WebhookEvent.Replayed x => _state!.Apply(x),
                WebhookEvent.Removed x => _state!.Apply(x),
                _ => throw new InvalidOperationException(),
            };
        }

        return decision;
    }
}
