using Mesh.Artifacts.Models;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using static Mesh.Artifacts.Tests.Models.ModelStory;

namespace Mesh.Artifacts.Tests.Models;

/// <summary>Names, stages, approvals and gates of models, by their rules alone.</summary>
public sealed class ModelLifeTests
{
    private static readonly Dictionary<string, string> NoTags = [];
    private static readonly ModelEvent[] Nothing = [];
    private static readonly ModelEvent[] TwoVersions = [Version(1), Version(2)];

    [Fact]
    public void A_model_is_made_before_its_first_version()
    {
        ModelEvent[] made = [.. When(Nothing, new ModelCommand.Create("churn", "who leaves", new Dictionary<string, string> { ["team"] = "red" }, "ada"))];
        made.ShouldBe([new ModelEvent.Created("churn", "who leaves", ((ModelEvent.Created)made[0]).Tags, "ada", Now)]);
        Fold(made)!.Newest.ShouldBe(0);
        Refusal(made, new ModelCommand.Create("churn", null, NoTags, "ada")).Code.ShouldBe("model.exists");
        When(made, Registration).ShouldBe([Version(1)]);
    }

    [Fact]
    public void What_was_deleted_keeps_its_numbers()
    {
        ModelEvent[] deleted = [.. TwoVersions, .. When(TwoVersions, new ModelCommand.Delete("ada"))];
        Fold(deleted)!.TakenName.ShouldBeNull();
        Refusal(deleted, new ModelCommand.Delete("ada")).Code.ShouldBe("model.unknown");
        ModelEvent[] again = [.. deleted, .. When(deleted, Registration)];
        again[^2].ShouldBeOfType<ModelEvent.Created>();
        again[^1].ShouldBe(Version(3));
        var model = Fold(again)!;
        (model.Newest, model.Has(1), model.Has(2), model.Has(3)).ShouldBe((3, false, false, true));
    }

    [Fact]
    public void A_deleted_version_takes_its_aliases_along()
    {
        ModelEvent[] given = [.. TwoVersions, new ModelEvent.AliasMoved("churn", "blue", 2, 0, "ada", Now), new ModelEvent.AliasMoved("churn", "champion", 2, 0, "ada", Now)];
        var events = When(given, new ModelCommand.DeleteVersion(2, "ada"));
        events.ShouldBe([new ModelEvent.AliasDeleted("churn", "blue", 2, "ada", Now), new ModelEvent.AliasDeleted("churn", "champion", 2, "ada", Now), new ModelEvent.VersionDeleted("churn", 2, "ada", Now)]);
        ModelEvent[] after = [.. given, .. events];
        Fold(after)!.Newest.ShouldBe(1);
        Refusal(after, new ModelCommand.DeleteVersion(2, "ada")).Code.ShouldBe("model.version-unknown");
        Refusal(after, new ModelCommand.MoveAlias("blue", 2, null, "ada")).Code.ShouldBe("model.version-unknown");
        When(after, Registration).ShouldBe([Version(3)]);
    }

    [Fact]
    public void A_version_that_comes_into_a_stage_may_archive_the_others()
    {
        ModelEvent[] given = [.. TwoVersions, new ModelEvent.StageChanged("churn", 1, ModelStage.Production, ModelStage.None, "ada", Now)];
        When(given, new ModelCommand.MoveToStage(2, ModelStage.Production, ModelStage.None, false, "ada"))
            .ShouldBe([new ModelEvent.StageChanged("churn", 2, ModelStage.Production, ModelStage.None, "ada", Now)]);
        When(given, new ModelCommand.MoveToStage(2, ModelStage.Production, ModelStage.None, true, "ada")).ShouldBe([
            new ModelEvent.StageChanged("churn", 2, ModelStage.Production, ModelStage.None, "ada", Now),
            new ModelEvent.StageChanged("churn", 1, ModelStage.Archived, ModelStage.Production, "ada", Now)]);
        When(given, new ModelCommand.MoveToStage(1, ModelStage.Production, ModelStage.None, false, "ada")).ShouldBeEmpty();
    }

    [Fact]
    public void Only_what_changes_is_told_of_tags_and_descriptions()
    {
        ModelEvent[] given = [new ModelEvent.Created("churn", "a", new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" }, "ada", Now)];
        var change = new ModelCommand.Change("a", new Dictionary<string, string?> { ["x"] = "1", ["y"] = null, ["z"] = "3", ["none"] = null }, "ada");
        var tagged = When(given, change).ShouldHaveSingleItem().ShouldBeOfType<ModelEvent.Tagged>();
        tagged.Set.ShouldBe(new Dictionary<string, string> { ["z"] = "3" });
        tagged.Removed.ShouldBe(["y"]);
        When([.. given, tagged], change).ShouldBeEmpty();
        When(given, new ModelCommand.Change("", null, "ada")).ShouldBe([new ModelEvent.Described("churn", null, "ada", Now)]);
    }

    [Fact]
    public void A_gate_holds_what_is_not_approved()
    {
        ModelEvent[] given = [.. TwoVersions, Gate(new AliasGate("champion", true, false, []))];
        var refusal = Refusal(given, new ModelCommand.MoveAlias("champion", 2, null, "ada"));
        (refusal.Code, refusal.Kind).ShouldBe(("alias.gated", RejectionKind.Conflict));
        refusal.Detail.ShouldContain("not approved");
        When(given, new ModelCommand.MoveAlias("blue", 2, null, "ada")).ShouldHaveSingleItem();
        ModelEvent[] approved = [.. given, .. When(given, Decide(ApprovalAction.Approve, "olga"))];
        When(approved, new ModelCommand.MoveAlias("champion", 2, null, "ada")).ShouldHaveSingleItem();
        ModelEvent[] rejected = [.. approved, .. When(approved, Decide(ApprovalAction.Reject, "olga"))];
        Refusal(rejected, new ModelCommand.Promote("champion", 2, null, null, "ada")).Detail.ShouldContain("refused by olga");
    }

    [Theory]
    [InlineData("ada", "olga", true)]
    [InlineData("ada", "ada", false)]
    [InlineData(null, "olga", false)]
    public void Four_eyes_are_those_of_two(string? asks, string approves, bool passes)
    {
        ModelEvent[] given = [.. TwoVersions, Gate(new AliasGate("champion", true, true, []))];
        if (asks is not null) given = [.. given, .. When(given, Decide(ApprovalAction.Request, asks))];
        given = [.. given, .. When(given, Decide(ApprovalAction.Approve, approves))];
        (ModelDecider.Decide(new ModelCommand.MoveAlias("champion", 2, null, "ada"), Fold(given), Now).Rejected is null).ShouldBe(passes);
    }

    [Theory]
    [InlineData(0.95, true)]
    [InlineData(0.9, false)]
    [InlineData(0.85, false)]
    [InlineData(null, false)]
    public void A_gate_asks_for_a_better_metric(double? auc, bool passes)
    {
        ModelEvent[] given = [.. TwoVersions, new ModelEvent.AliasMoved("churn", "champion", 1, 0, "ada", Now), Gate(new AliasGate("champion", false, false, [new GateCheck("auc", AtLeast: 0.88, BeatsCurrent: true)]))];
        var metrics = Metrics((1, 0.9), (2, auc));
        (ModelDecider.Decide(new ModelCommand.Promote("champion", 2, null, null, "ada", metrics), Fold(given), Now).Rejected is null).ShouldBe(passes);
    }

    [Fact]
    public void Lower_may_be_better()
    {
        ModelEvent[] given = [.. TwoVersions, new ModelEvent.AliasMoved("churn", "champion", 1, 0, "ada", Now), Gate(new AliasGate("champion", false, false, [new GateCheck("auc", BeatsCurrent: true, LowerIsBetter: true)]))];
        When(given, new ModelCommand.MoveAlias("champion", 2, null, "ada", Metrics((1, 0.9), (2, 0.5)))).ShouldHaveSingleItem();
        Refusal(given, new ModelCommand.MoveAlias("champion", 2, null, "ada", Metrics((1, 0.9), (2, 0.95)))).Detail.ShouldContain("version 1 has 0.9");
    }

    [Fact]
    public void A_gate_that_came_after_the_look_is_not_passed_unseen()
    {
        ModelEvent[] given = [.. TwoVersions, Gate(new AliasGate("champion", false, false, [new GateCheck("auc", AtLeast: 0.5)]))];
        Refusal(given, new ModelCommand.MoveAlias("champion", 2, null, "ada")).Code.ShouldBe("write.contended");
    }

    [Fact]
    public void An_approval_is_asked_for_once_and_not_when_given()
    {
        ModelEvent[] asked = [.. TwoVersions, .. When(TwoVersions, Decide(ApprovalAction.Request, "ada"))];
        When(asked, Decide(ApprovalAction.Request, "ada")).ShouldBeEmpty();
        ModelEvent[] approved = [.. asked, .. When(asked, Decide(ApprovalAction.Approve, "olga"))];
        Refusal(approved, Decide(ApprovalAction.Request, "ada")).Code.ShouldBe("approval.given");
        Fold(approved)!.Approvals[2].ShouldBe(new ModelApproval(ApprovalStatus.Approved, "ada", "olga", Role.Admin, "because", Now));
    }

    private static ModelCommand.Register Registration => new("churn", "onnx", "churn-model", 4, new string('a', 64), 100, null, new string('b', 64), null, "ada");

    private static ModelEvent.VersionRegistered Version(int version) =>
        new("churn", version, "onnx", "churn-model", 4, new string('a', 64), 100, null, new string('b', 64), null, "ada", Now);

    private static ModelEvent.GateSet Gate(AliasGate gate) => new("churn", gate, "olga", Now);

    private static ModelCommand.DecideApproval Decide(ApprovalAction action, string by) => new(2, action, "because", by, Role.Admin);

    private static VersionMetrics Metrics(params (int Version, double? Auc)[] values) => new(values.ToDictionary(
        value => value.Version, value => (IReadOnlyDictionary<string, double>)(value.Auc is { } auc ? new Dictionary<string, double> { ["auc"] = auc } : [])));
}
