using Mesh.Contracts.Functions;
using Mesh.Functions.Distributed;

namespace Mesh.Functions.Tests.Distributed;

public sealed class GangTallyTests
{
    [Fact]
    public void All_workers_have_to_end_well()
    {
        var tally = TallyOf(new Distribution(TrainingFramework.Plain, [new("worker", 2)], ProcessesPerNode: 2), [0, 0, 0]);
        (tally.IsOver, tally.Failed).ShouldBe((false, null));
        TallyOf(new Distribution(TrainingFramework.Plain, [new("worker", 2)], ProcessesPerNode: 2), [0, 0, 0, 0]).IsOver.ShouldBeTrue();
    }

    [Fact]
    public void The_first_that_fails_is_the_one_that_failed()
    {
        var tally = TallyOf(new Distribution(TrainingFramework.Plain, [new("worker", 3)]), [0, 3, 143]);
        (tally.IsOver, tally.Failed!.Value.Process.Label, tally.Failed.Value.ExitCode).ShouldBe((true, "worker-1", 3));
    }

    [Fact]
    public void What_ends_after_the_leader_does_not_count()
    {
        var tally = TallyOf(new Distribution(TrainingFramework.Tensorflow, [new("chief"), new("ps")]), [0, 143]);
        (tally.IsOver, tally.Failed).ShouldBe((true, null));
    }

    [Fact]
    public void Failures_one_after_the_other_leave_an_elastic_gang_that_counts_anew()
    {
        var plan = GangPlan.Of(new Distribution(TrainingFramework.Pytorch, [new("worker", 4, Command: null)], Elastic: new ElasticRange(2, 4), MaxRestarts: 3), ["true"]);
        var after = plan.After([1, 0, 0]);
        after.Replicas.Select(replica => replica.Name).ShouldBe(["worker-0", "worker-1"]);
        after.WorldSize.ShouldBe(2);
    }

    private static GangTally TallyOf(Distribution distributed, int[] exitCodes)
    {
        var plan = GangPlan.Of(distributed, ["true"]);
        var tally = new GangTally(plan);
        foreach (var (process, code) in plan.Processes().Zip(exitCodes)) tally.Take(process, code);
        return tally;
    }
}
