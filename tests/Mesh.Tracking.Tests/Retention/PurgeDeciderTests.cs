using Mesh.Tracking.Runs;
using Mesh.Tracking.Tests.Runs;
using static Mesh.Tracking.Tests.Runs.Story;

namespace Mesh.Tracking.Tests.Retention;

public sealed class PurgeDeciderTests
{
    private static readonly RunEvent.Deleted Deleted = new(Now);
    private static readonly RunEvent.Purged Purged = new(Now);

    [Fact]
    public void A_deleted_run_is_purged_once()
    {
        Given(Created, Deleted).When(new RunCommand.Purge()).ShouldBe(Purged);
        Given(Created, Deleted, Purged).When(new RunCommand.Purge()).ShouldBeNothing();
    }

    [Fact]
    public void A_run_in_sight_is_not_purged()
    {
        Given(Created).When(new RunCommand.Purge()).ShouldBeRefused("run.not-deleted");
        Given(Created, Deleted, new RunEvent.Restored(Now)).When(new RunCommand.Purge()).ShouldBeRefused("run.not-deleted");
        Given().When(new RunCommand.Purge()).ShouldBeRefused("run.unknown");
    }

    [Fact]
    public void Nothing_moves_a_purged_run()
    {
        var run = Given(Created, Deleted with { WithExperiment = true }, Purged)!;
        run.When(new RunCommand.Restore()).ShouldBeRefused("run.unknown");
        run.When(new RunCommand.Restore(WithExperiment: true)).ShouldBeRefused("run.unknown");
        run.When(new RunCommand.Delete()).ShouldBeRefused("run.unknown");
        run.When(new RunCommand.Start(1, null)).ShouldBeRefused("run.unknown");
        run.When(new RunCommand.Create(RunId, "fit", "wine", "script", null, None, None, "ada")).ShouldBeRefused("run.purged");
        run.DeletedWithExperiment.ShouldBeFalse();
    }
}
