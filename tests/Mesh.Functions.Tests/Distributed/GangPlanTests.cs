using Mesh.Contracts.Functions;
using Mesh.Functions.Distributed;

namespace Mesh.Functions.Tests.Distributed;

public sealed class GangPlanTests
{
    private static readonly string[] Train = ["python3", "train.py"];

    [Fact]
    public void The_leader_has_rank_0_whatever_the_order_of_the_roles() => Names(GangPlan.Of(
        new(TrainingFramework.Tensorflow, [new("evaluator"), new("ps", 2), new("worker", 2), new("chief")]), Train)).ShouldBe("chief-0 worker-0 worker-1 ps-0 ps-1 evaluator-0");

    [Fact]
    public void Several_processes_of_a_replica_are_told_apart() => GangPlan.Of(new(TrainingFramework.Plain, [new("worker", 2)], ProcessesPerNode: 2), Train).Processes()
        .Select(process => $"{process.Label}={process.Rank}").ShouldBe(["worker-0:0=0", "worker-0:1=1", "worker-1:0=2", "worker-1:1=3"]);

    [Fact]
    public void A_role_may_have_a_command_of_its_own()
    {
        var plan = GangPlan.Of(new(TrainingFramework.Xgboost, [new("master", 1, Command: ["python3", "track.py"]), new("worker")]), Train);
        plan.Replicas.Select(replica => string.Join(' ', replica.Command)).ShouldBe(["python3 track.py", "python3 train.py"]);
    }

    [Fact]
    public void With_all_workers_everybody_but_servers_must_have_ended()
    {
        var plan = GangPlan.Of(new(TrainingFramework.Tensorflow, [new("chief"), new("worker"), new("ps")], Success: TrainingSuccess.AllWorkers), Train);
        plan.IsDone(new HashSet<GangReplica> { plan.Replicas[0] }).ShouldBeFalse();
        plan.IsDone(new HashSet<GangReplica> { plan.Replicas[0], plan.Replicas[1] }).ShouldBeTrue();
    }

    [Fact]
    public void With_the_leader_nobody_else_counts()
    {
        var plan = GangPlan.Of(new(TrainingFramework.Tensorflow, [new("worker", 2), new("ps")]), Train);
        plan.IsDone(new HashSet<GangReplica> { plan.Replicas[1] }).ShouldBeFalse();
        plan.IsDone(new HashSet<GangReplica> { plan.Replicas[0] }).ShouldBeTrue();
    }

    [Fact]
    public void An_elastic_gang_goes_on_without_who_failed_as_long_as_enough_are_left()
    {
        var plan = GangPlan.Of(new(TrainingFramework.Pytorch, [new("worker", 3)], Elastic: new(2, 3)), Train);
        var fewer = plan.After(plan.Replicas[0]);
        Names(fewer).ShouldBe("worker-0 worker-1");
        fewer.WorldSize.ShouldBe(2);
        Names(fewer.After(fewer.Replicas[1])).ShouldBe("worker-0 worker-1");
        Names(GangPlan.Of(new(TrainingFramework.Pytorch, [new("worker", 3)]), Train) is var whole ? whole.After(whole.Replicas[0]) : whole).ShouldBe("worker-0 worker-1 worker-2");
    }

    private static string Names(GangPlan plan) => string.Join(' ', plan.Replicas.Select(replica => replica.Name));
}
