using Mesh.Artifacts.Models;
using Mesh.Hosting.Decisions;
using static Mesh.Artifacts.Tests.Models.ModelStory;

namespace Mesh.Artifacts.Tests.Models;

public sealed class ModelDeciderTests
{
    private static readonly ModelCommand.Register Registration =
        new("churn", "onnx", "churn-model", 4, new string('a', 64), 100, null, new string('b', 64), null, "ada");

    private static readonly ModelEvent[] Nothing = [];
    private static readonly ModelEvent[] OneVersion = [Version(1)];
    private static readonly ModelEvent[] TwoVersions = [Version(1), Version(2)];
    private static readonly ModelEvent[] ChampionAtOne = [.. TwoVersions, Moved("champion", 1, 0)];
    private static readonly ModelEvent[] ChampionPromotedAtOne = [.. ChampionAtOne, Promoted("champion", 1, 0)];

    [Fact]
    public void The_first_registration_makes_the_model() => When(Nothing, Registration).ShouldBe([Version(1)]);

    [Fact]
    public void Versions_are_numbered_without_gaps() => When(TwoVersions, Registration).ShouldBe([Version(3)]);

    [Fact]
    public void An_alias_is_made_by_its_first_move() => When(TwoVersions, Move("champion", 2)).ShouldBe([Moved("champion", 2, 0)]);

    [Fact]
    public void An_alias_moves_and_says_from_where() => When(ChampionAtOne, Move("champion", 2)).ShouldBe([Moved("champion", 2, 1)]);

    [Fact]
    public void An_alias_that_is_there_already_does_not_move() => When(ChampionAtOne, Move("champion", 1)).ShouldBeEmpty();

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void A_move_with_the_right_expectation_happens(int? expected) => When(ChampionAtOne, Move("champion", 2, expected)).ShouldBe([Moved("champion", 2, 1)]);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_move_with_a_wrong_expectation_is_refused(int expected)
    {
        var rejection = Refusal([.. ChampionAtOne, Version(3)], Move("champion", 3, expected));
        rejection.Kind.ShouldBe(RejectionKind.Conflict);
        rejection.Code.ShouldBe("alias.moved");
    }

    [Fact]
    public void A_repeated_move_finds_its_work_done_whatever_it_expected() => When(ChampionAtOne, Move("champion", 1, 0)).ShouldBeEmpty();

    [Fact]
    public void An_alias_expected_nowhere_can_be_made() => When(OneVersion, Move("champion", 1, 0)).ShouldBe([Moved("champion", 1, 0)]);

    [Theory]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void An_alias_cannot_point_to_a_version_that_is_not_there(int version)
    {
        Refusal(TwoVersions, Move("champion", version)).Code.ShouldBe("model.version-unknown");
        Refusal(TwoVersions, Promote("champion", version)).Code.ShouldBe("model.version-unknown");
    }

    [Fact]
    public void Latest_is_not_an_alias_to_move()
    {
        Refusal(TwoVersions, Move("latest", 1)).Code.ShouldBe("alias.reserved");
        Refusal(TwoVersions, Promote("latest", 1)).Code.ShouldBe("alias.reserved");
    }

    [Theory]
    [InlineData("")]
    [InlineData("v12")]
    [InlineData("a b")]
    [InlineData("a/b")]
    public void An_alias_is_a_word(string alias) => Refusal(OneVersion, Move(alias, 1)).Code.ShouldBe("alias.malformed");

    [Fact]
    public void A_model_has_a_hundred_aliases_at_most()
    {
        ModelEvent[] full = [.. OneVersion, .. Enumerable.Range(0, 100).Select(i => Moved($"a{i}", 1, 0))];
        Refusal(full, Move("one-more", 1)).Code.ShouldBe("alias.too-many");
        When([.. full, Version(2)], Move("a7", 2)).ShouldBe([Moved("a7", 2, 1)]);
    }

    [Fact]
    public void A_promotion_moves_the_alias_and_says_so_at_once() =>
        When(ChampionAtOne, Promote("champion", 2, reason: "better")).ShouldBe([Moved("champion", 2, 1), Promoted("champion", 2, 1, "better")]);

    [Fact]
    public void A_promotion_of_where_the_alias_is_only_says_so() => When(ChampionAtOne, Promote("champion", 1)).ShouldBe([Promoted("champion", 1, 0)]);

    [Fact]
    public void A_repeated_promotion_does_nothing() => When(ChampionPromotedAtOne, Promote("champion", 1, 0)).ShouldBeEmpty();

    [Fact]
    public void A_promotion_back_to_an_earlier_version_is_one() =>
        When([.. ChampionPromotedAtOne, Moved("champion", 2, 1), Promoted("champion", 2, 1)], Promote("champion", 1))
            .ShouldBe([Moved("champion", 1, 2), Promoted("champion", 1, 2)]);

    [Fact]
    public void A_promotion_with_a_wrong_expectation_is_refused() => Refusal(ChampionAtOne, Promote("champion", 2, expected: 2)).Code.ShouldBe("alias.moved");

    [Fact]
    public void An_alias_is_deleted() =>
        When(ChampionAtOne, new ModelCommand.DeleteAlias("champion", null, "ada")).ShouldBe([new ModelEvent.AliasDeleted("churn", "champion", 1, "ada", Now)]);

    [Fact]
    public void A_deleted_alias_can_be_promoted_again()
    {
        ModelEvent[] deleted = [.. ChampionPromotedAtOne, new ModelEvent.AliasDeleted("churn", "champion", 1, "ada", Now)];
        Refusal(deleted, new ModelCommand.DeleteAlias("champion", null, "ada")).Kind.ShouldBe(RejectionKind.NotFound);
        When(deleted, Promote("champion", 1)).ShouldBe([Moved("champion", 1, 0), Promoted("champion", 1, 0)]);
    }

    [Fact]
    public void A_deletion_with_a_wrong_expectation_is_refused() =>
        Refusal(ChampionAtOne, new ModelCommand.DeleteAlias("champion", 2, "ada")).Code.ShouldBe("alias.moved");

    [Fact]
    public void Without_the_model_there_is_nothing_to_change()
    {
        foreach (var command in (ModelCommand[])[Move("champion", 1), Promote("champion", 1), new ModelCommand.DeleteAlias("champion", null, "ada")])
            Refusal(Nothing, command).Code.ShouldBe("model.unknown");
    }

    private static ModelEvent.VersionRegistered Version(int version) =>
        new("churn", version, "onnx", "churn-model", 4, new string('a', 64), 100, null, new string('b', 64), null, "ada", Now);

    private static ModelEvent.AliasMoved Moved(string alias, int version, int previous) => new("churn", alias, version, previous, "ada", Now);

    private static ModelEvent.Promoted Promoted(string alias, int version, int previous, string? reason = null) =>
        new("churn", version, alias, previous, reason, "ada", Now);

    private static ModelCommand.MoveAlias Move(string alias, int version, int? expected = null) => new(alias, version, expected, "ada");

    private static ModelCommand.Promote Promote(string alias, int version, int? expected = null, string? reason = null) => new(alias, version, expected, reason, "ada");
}
