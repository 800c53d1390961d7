using Mesh.Hosting.Decisions;
using Mesh.Tracking.Experiments;

namespace Mesh.Tracking.Tests.Experiments;

public sealed class ExperimentDeciderTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string> None = [];
    private static readonly ExperimentEvent.Created Created = new(1, "wine", null, new Dictionary<string, string> { ["team"] = "red" }, "ada", Now);

    [Fact]
    public void It_is_created_once()
    {
        var create = new ExperimentCommand.Create(1, "wine", null, None, "ada");
        When(null, create).Events.ShouldHaveSingleItem().ShouldBeOfType<ExperimentEvent.Created>().Name.ShouldBe("wine");
        When(Given(Created), create).ShouldBe(Decision<ExperimentEvent>.Nothing);
    }

    [Fact]
    public void What_is_not_there_cannot_change()
    {
        foreach (var command in (ExperimentCommand[])[new ExperimentCommand.Rename("x"), new ExperimentCommand.Delete(), new ExperimentCommand.Restore()])
            When(null, command).Rejected!.Code.ShouldBe("experiment.unknown");
    }

    [Fact]
    public void It_is_renamed()
    {
        Given(Created, new ExperimentEvent.Renamed("beer", Now))!.Name.ShouldBe("beer");
        When(Given(Created), new ExperimentCommand.Rename("beer")).Events.ShouldBe([new ExperimentEvent.Renamed("beer", Now)]);
        When(Given(Created), new ExperimentCommand.Rename("wine")).ShouldBe(Decision<ExperimentEvent>.Nothing);
    }

    [Fact]
    public void Only_tags_that_change_are_recorded()
    {
        var change = new Dictionary<string, string?> { ["team"] = "red", ["stage"] = "", ["absent"] = null };
        var changed = When(Given(Created), new ExperimentCommand.SetTags(change)).Events.ShouldHaveSingleItem().ShouldBeOfType<ExperimentEvent.TagsSet>();
        changed.Set.ShouldBe(new Dictionary<string, string> { ["stage"] = "" });
        changed.Removed.ShouldBeEmpty();
        var removed = When(Given(Created), new ExperimentCommand.SetTags(new Dictionary<string, string?> { ["team"] = null })).Events.ShouldHaveSingleItem();
        Given(Created, removed)!.Tags.ShouldBeEmpty();
    }

    [Fact]
    public void It_holds_a_limited_number_of_tags()
    {
        var tags = Enumerable.Range(0, ExperimentDecider.MaxTags).ToDictionary(i => $"t{i}", string? (_) => "x");
        When(Given(Created), new ExperimentCommand.SetTags(tags)).Rejected!.Code.ShouldBe("tags.too-many");
    }

    [Fact]
    public void A_deleted_one_comes_back_but_does_not_change()
    {
        ExperimentEvent[] gone = [Created, new ExperimentEvent.Deleted(Now)];
        Given(gone)!.Deleted.ShouldBeTrue();
        When(Given(gone), new ExperimentCommand.Delete()).ShouldBe(Decision<ExperimentEvent>.Nothing);
        When(Given(gone), new ExperimentCommand.Rename("x")).Rejected!.Code.ShouldBe("experiment.deleted");
        When(Given(gone), new ExperimentCommand.SetTags(new Dictionary<string, string?> { ["a"] = "b" })).Rejected!.Code.ShouldBe("experiment.deleted");
        When(Given(gone), new ExperimentCommand.Restore()).Events.ShouldBe([new ExperimentEvent.Restored(Now)]);
        When(Given(Created), new ExperimentCommand.Restore()).ShouldBe(Decision<ExperimentEvent>.Nothing);
        Given([.. gone, new ExperimentEvent.Restored(Now)])!.Deleted.ShouldBeFalse();
    }

    private static Experiment? Given(params IReadOnlyList<ExperimentEvent> events) => events.Aggregate((Experiment?)null, Experiment.Evolve);

    private static Decision<ExperimentEvent> When(Experiment? experiment, ExperimentCommand command) => ExperimentDecider.Decide(command, experiment, Now);
}
